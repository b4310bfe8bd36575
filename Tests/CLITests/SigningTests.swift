import Foundation
import TestSupport
import Testing

/// Where the user's configuration says that commits are signed, nothing lands unsigned.
@Suite struct SigningTests {
    static let sshIsThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen")
    static let gpgIsThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/gpg")

    /// A repository whose user signs with a key made for it.
    private func bench(gpg: Bool = false) throws -> Bench {
        let bench = try Bench(["README": "base\n"])
        let home = bench.sandbox.home
        if gpg {
            try bench.shell(
                "mkdir -m 700 $HOME/.gnupg && gpg --batch --quiet --passphrase '' --quick-gen-key 'Test <test@example.com>' ed25519 sign"
            )
        } else {
            try bench.shell("ssh-keygen -q -t ed25519 -N '' -C test -f $HOME/key")
            let key = try #require(bench.sandbox.read("home/key.pub"))
            try bench.sandbox.write("test@example.com \(key)", to: "home/signers")
        }
        let config = try #require(bench.sandbox.read("home/.gitconfig"))
        let own =
            gpg
            ? "[user]\n\tsigningKey = test@example.com\n"
            : "[user]\n\tsigningKey = \(home)/key.pub\n[gpg]\n\tformat = ssh\n[gpg \"ssh\"]\n\tallowedSignersFile = \(home)/signers\n"
        try bench.sandbox.write(config + own + "[commit]\n\tgpgSign = true\n", to: "home/.gitconfig")
        return bench
    }

    /// The commits that landed since, all of which git itself must verify.
    private func expectSigned(_ bench: Bench, since before: String, count: Int) throws {
        let landed = try bench.sandbox.git("rev-list", "main", "^\(before)").split(separator: "\n").map(
            String.init)
        #expect(landed.count == count)
        for commit in landed {
            let verified = try execute(
                ["git", "verify-commit", commit], in: bench.repo,
                environment: hermetic(home: bench.sandbox.home))
            #expect(verified.code == 0, "\(commit): \(verified.err)")
        }
    }

    /// One worker leaves its work uncommitted, one signs, one does not, and one begins where the others were merged.
    static let jobs = [
        PlannedJob("Alpha", ["alpha.txt"], "echo a > alpha.txt"),
        PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt; git add -A; git commit -qm b"),
        PlannedJob(
            "Gamma", ["gamma.txt"],
            "echo c > gamma.txt; git add -A; git -c commit.gpgsign=false commit -qm c --author 'Cid <cid@example.com>'; echo d >> gamma.txt"
        ),
        PlannedJob(
            "Delta", ["delta.txt"], "cat alpha.txt > delta.txt", more: ["needs": "[\"Alpha\", \"Beta\"]"]),
    ]
    static let integrate = [
        "orchestrator": "{\"estimate\": \"5 minutes\", \"integrate\": \"echo i > made.txt\"}"
    ]
    static let counts = ["merge": 10, "octopus": 8, "squash": 1]

    @Test(.enabled(if: sshIsThere, "ssh-keygen is not installed"), arguments: CommitFormTests.forms)
    func whatLandsIsSignedWithAKeyOfSSH(form: String) throws {
        let bench = try bench()
        let before = try bench.id()
        let ran = try bench.hybrid(
            "run", bench.plan(Self.jobs, more: Self.integrate), "--commits", form)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        try expectSigned(bench, since: before, count: try #require(Self.counts[form]))
        #expect(try bench.text("gamma.txt") == "c\nd\n" && bench.text("delta.txt") == "a\n")
        if form != "squash" {
            #expect(try bench.sandbox.git("log", "--format=%an", "main").contains("Cid"))
        }
        try bench.expectTidy()
    }

    @Test(.enabled(if: gpgIsThere, "gpg is not installed"))
    func whatLandsIsSignedWithAKeyOfGPG() throws {
        let bench = try bench(gpg: true)
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan(Array(Self.jobs.prefix(2))))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        try expectSigned(bench, since: before, count: 4)
    }

    @Test(.enabled(if: sshIsThere, "ssh-keygen is not installed"))
    func hooksAndSignaturesGoTogether() throws {
        let bench = try bench()
        let before = try bench.id()
        try bench.sandbox.write("#!/bin/sh\necho 'Ticket: 7' >> \"$1\"\n", to: "repo/.git/hooks/commit-msg")
        try bench.shell("chmod +x .git/hooks/commit-msg")
        let ran = try bench.hybrid("run", bench.plan(Array(Self.jobs.prefix(2))))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        try expectSigned(bench, since: before, count: 4)
        let hooked = try bench.sandbox.git("rev-list", "--grep=^Ticket: 7", "main", "^\(before)")
        #expect(hooked.split(separator: "\n").count == 4)
    }

    @Test(arguments: ["run", "start"])
    func aSignatureThatCannotBeMadeIsFoundBeforeLaunch(command: String) throws {
        let bench = try Bench(["README": "base\n"])
        for (key, value) in [
            ("commit.gpgsign", "true"), ("gpg.format", "ssh"), ("user.signingkey", "/nowhere/key.pub"),
        ] { try bench.sandbox.git("config", key, value) }
        let refs = try bench.refs()
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], "touch \"$ROOT/launched\"; echo a > alpha.txt")
        ])
        let objects = try bench.shell("find .git/objects -type f | wc -l")
        let ran = try bench.hybrid(command, plan)
        #expect(ran.code == 2 && ran.err.contains("commit.gpgsign"), "\(ran.out)\(ran.err)")
        #expect(try bench.refs() == refs)
        #expect(bench.sandbox.read("launched") == nil)
        #expect(try bench.shell("find .git/objects -type f | wc -l") == objects)
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 1 && checked.out.contains("commit.gpgsign"), "\(checked.out)\(checked.err)")
    }

    @Test(.enabled(if: sshIsThere, "ssh-keygen is not installed"), arguments: CommitFormTests.forms)
    func aSignatureThatFailsLaterStopsTheLanding(form: String) throws {
        let bench = try bench()
        let before = try bench.id()
        // All that the worker does itself is signed; then the key is gone.
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo b > beta.txt; git add -A; git commit -qm b; mv $HOME/key $HOME/away")
        let ran = try bench.hybrid("run", bench.plan([job]), "--commits", form)
        #expect(ran.code == 2 && ran.err.contains("sign"), "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        try bench.shell("mv $HOME/away $HOME/key")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        try expectSigned(bench, since: before, count: form == "squash" ? 1 : 2)
    }

    @Test(.enabled(if: sshIsThere, "ssh-keygen is not installed"))
    func whatIsUnsignedDoesNotLandWhereTheConfigurationCameLater() throws {
        let bench = try bench()
        let before = try bench.id()
        try bench.sandbox.git("config", "commit.gpgsign", "false")
        let plan = try bench.plan(Array(Self.jobs.prefix(2)), verify: [])
        try #require(try bench.hybrid("run", plan).code == 1)
        try bench.sandbox.git("config", "commit.gpgsign", "true")
        let landed = try bench.hybrid("land", bench.run(), "--unverified")
        #expect(landed.code == 2 && landed.err.contains("it is not signed"), "\(landed.out)\(landed.err)")
        #expect(try bench.id() == before)
    }

    @Test(.enabled(if: sshIsThere, "ssh-keygen is not installed"))
    func trialsOfTracingAndRescuesAreNotSigned() throws {
        let bench = try bench()
        // Counts what is signed.
        try bench.sandbox.write(
            "#!/bin/sh\necho signed >> \(bench.sandbox.root)/count\nexec ssh-keygen \"$@\"\n", to: "home/sign"
        )
        try bench.shell("chmod +x $HOME/sign; git config --global gpg.ssh.program $HOME/sign")
        let jobs = ["a", "b", "c", "d"].map { PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt") }
        let failing = PlannedJob("e", ["e.txt"], "echo e > e.txt; exit 1")
        let plan = try bench.plan(
            jobs + [failing], verify: ["! [ -e b.txt ]"], more: ["land_the_rest": "true"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        // The trial before launch, four workers, four merges, and the three that land in the end.
        let signed = try #require(bench.sandbox.read("count")).split(separator: "\n").count
        #expect(signed == 12)
        let rescue = try #require(try bench.rescued("e").first)
        #expect(try !bench.sandbox.git("cat-file", "commit", rescue).contains("gpgsig"))
    }
}
