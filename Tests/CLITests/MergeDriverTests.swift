import Foundation
import TestSupport
import Testing

/// Two branches that both changed files, in a bare clone whose attributes name merge drivers.
///
/// Drivers are shell scripts; the installed git runs the same ones and says what is right.
struct DrivenMerge {
    let sandbox: Sandbox

    /// `attributes` are the clone's own; `script` runs in a repository with `files`, and makes the branches `ours` and `theirs`.
    init(_ files: [String: String], _ script: String, attributes: String) throws {
        sandbox = try Sandbox()
        try sandbox.repository(files)
        let made = try sandbox.run("sh", "-ec", script, in: "repo")
        try #require(made.code == 0, "\(made.err)")
        try sandbox.git("clone", "-q", "--bare", "repo", "bare", in: "")
        try sandbox.write(attributes, to: "bare/info/attributes")
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/tmp", withIntermediateDirectories: false)
    }

    /// Both sides write one line of one file anew.
    init(_ path: String = "a.txt", attributes: String = "* merge=weave\n") throws {
        try self.init(
            [path: "one\ntwo\nthree\n"], Self.bothSides("echo ours > \"$f\"", "echo theirs > \"$f\""),
            attributes: attributes)
    }

    /// A script that changes every file on both branches; `$f` is the file.
    static func bothSides(_ ours: String, _ theirs: String) -> String {
        [("ours", ours), ("theirs", theirs)].map { branch, edit in
            """
            git switch -q -c \(branch) main
            for f in *; do \(edit); done
            git commit -qam \(branch)

            """
        }.joined()
    }

    /// Gives the user a driver; `script` is its command as git config holds it.
    func define(_ name: String, _ script: String, recursive: String? = nil) throws {
        try sandbox.git("config", "--global", "merge.\(name).driver", script, in: "")
        if let recursive {
            try sandbox.git("config", "--global", "merge.\(name).recursive", recursive, in: "")
        }
    }

    func git(environment: [String: String] = [:]) throws -> Outcome {
        try sandbox.run(
            "git", "merge-tree", "--write-tree", "--messages", "ours", "theirs", in: "bare",
            environment: environment)
    }

    func hybrid(environment: [String: String] = [:]) throws -> Outcome {
        var environment = environment
        environment["TMPDIR"] = sandbox.root + "/tmp"
        return try sandbox.run(
            hybridProgram(), "merge-tree", "--messages", "ours", "theirs", in: "bare",
            environment: environment)
    }

    /// Expects git's answer, byte for byte, and gives the text of a file in it.
    @discardableResult
    func expectAgreement(
        _ path: String = "a.txt", environment: [String: String] = [:],
        _ location: SourceLocation = #_sourceLocation
    ) throws -> String {
        let git = try git(environment: environment)
        let hybrid = try hybrid(environment: environment)
        #expect(hybrid.out == git.out, "\(hybrid.err)", sourceLocation: location)
        #expect(hybrid.code == git.code, "\(hybrid.err)", sourceLocation: location)
        expectTidy(location)
        return try sandbox.git("show", "\(hybrid.out.prefix(40)):\(path)", in: "bare")
    }

    /// Expects that no folder of a driver is left.
    func expectTidy(_ location: SourceLocation = #_sourceLocation) {
        let left = try? FileManager.default.contentsOfDirectory(atPath: sandbox.root + "/tmp")
        #expect(left == [], sourceLocation: location)
    }
}

@Suite struct MergeDriverTests {
    @Test(
        "merges as git does with the same driver",
        arguments: [
            ("cat %B >> %A", "ours\ntheirs", 0),
            ("cat %O %A %B > all && mv all %A", "one\ntwo\nthree\nours\ntheirs", 0),
            ("echo mine > %A; exit 1", "mine", 1),
            ("exit 128", "ours", 1),
            ("no-such-program %O %A %B", "ours", 1),
            (": > %A", "", 0),
            ("echo %P %L %% %q % > %A", "a.txt 7 % %q %", 0),
            ("cat - %B > %A; cat >> %A", "theirs", 0),
        ])
    func agrees(_ command: String, _ text: String, _ code: Int32) throws {
        let merge = try DrivenMerge()
        try merge.define("weave", command)
        #expect(try merge.expectAgreement() == text)
        #expect(try merge.hybrid().code == code)
    }

    /// git from 2.44 on does the same; the installed one may be older.
    @Test func theLabelsOfConflictsReachTheDriver() throws {
        let merge = try DrivenMerge()
        try merge.define("weave", "echo %S, %X, %Y > %A")
        let tree = try #require(try merge.hybrid().out.split(separator: "\n").first)
        let base = try merge.sandbox.git("rev-parse", "--short", "main")
        #expect(try merge.sandbox.git("show", "\(tree):a.txt", in: "bare") == "\(base), ours, theirs")
    }

    @Test(
        "quotes odd names for the shell",
        arguments: [
            "a b.txt", "it's \"odd\"!!.txt", "$(touch hit)`id`;x&.txt", "two\nlines.txt", "-n", "é\u{1}",
        ])
    func quotes(_ path: String) throws {
        let merge = try DrivenMerge(path)
        try merge.define("weave", "printf '%%s' %P > %A")
        #expect(try merge.expectAgreement(path) == path)
        #expect(merge.sandbox.read("bare/hit") == nil)
    }

    @Test func pathsThatAreNoTextReachTheDriverAsTheyAre() throws {
        let merge = try DrivenMerge(
            ["keep": "1\n"],
            """
            f=$(printf 'caf\\351')
            echo base > "$f"; git add -A; git commit -qm more
            \(DrivenMerge.bothSides("echo ours > \"$f\"", "echo theirs > \"$f\""))
            """, attributes: "* merge=weave\n")
        try merge.define("weave", "printf '%%s' %P | od -An -tx1 > %A")
        let tree = try #require(try merge.hybrid().out.split(separator: "\n").first)
        let hybrid = try merge.sandbox.git("ls-tree", String(tree), in: "bare")
        #expect(try merge.git().out.hasPrefix(tree))
        let id = hybrid.split(separator: "\n")[0].split(separator: " ")[2].prefix(40)
        #expect(try merge.sandbox.git("cat-file", "blob", String(id), in: "bare") == " 63 61 66 e9")
    }

    @Test func theMarkerSizeIsThePaths() throws {
        let merge = try DrivenMerge(attributes: "* merge=weave conflict-marker-size=13\n")
        try merge.define("weave", "echo %L > %A")
        #expect(try merge.expectAgreement() == "13")
    }

    @Test func aDriverForFilesWithoutAttribute() throws {
        let merge = try DrivenMerge(attributes: "")
        try merge.define("weave", "echo woven > %A")
        try merge.sandbox.git("config", "--global", "merge.default", "weave", in: "")
        #expect(try merge.expectAgreement() == "woven")
    }

    @Test func aUsersDriverBeatsGitsOwnOfThatName() throws {
        let merge = try DrivenMerge(attributes: "* merge=union\n")
        #expect(try merge.expectAgreement() == "ours\ntheirs")
        try merge.define("union", "echo woven > %A")
        #expect(try merge.expectAgreement() == "woven")
    }

    /// Both merge bases conflict with each other; the driver for them is another one.
    @Test(arguments: ["inner", "binary", "text", "nobody"])
    func virtualBasesHaveADriverOfTheirOwn(_ recursive: String) throws {
        let merge = try DrivenMerge(
            ["a.txt": "one\n"],
            """
            \(DrivenMerge.bothSides("echo o1 > $f", "echo t1 > $f"))
            o=$(git rev-parse ours); t=$(git rev-parse theirs)
            git switch -q ours; git merge -q -s ours $t; echo o2 >> a.txt; git commit -qam o2
            git switch -q theirs; git merge -q -s ours $o; echo t2 >> a.txt; git commit -qam t2
            """, attributes: "* merge=weave\n")
        try merge.define("weave", "(echo outer; cat %O %A %B) > all; mv all %A", recursive: recursive)
        try merge.define("inner", "(echo inner; cat %O %A %B) > all; mv all %A")
        let text = try merge.expectAgreement()
        #expect(text.hasPrefix("outer\n"))
        #expect(text.contains("inner") == (recursive == "inner"))
    }

    // MARK: Failures

    @Test(
        "a driver that fails is an error, not an answer",
        arguments: [
            ("kill -9 $$", "signal 9"), ("kill -SEGV $$", "signal 11"),
            ("echo no >&2; exit 129", "code 129 (no)"),
            ("exit 255", "code 255"), ("rm %A", "no file at %A"), ("rm %A; ln -s base %A", "no file at %A"),
            ("sleep 60", "hybrid.driverTimeout"),
            ("trap '' TERM; sleep 60; sleep 60", "hybrid.driverTimeout"),
            ("", "no command"),
        ])
    func failures(_ command: String, _ reason: String) throws {
        let merge = try DrivenMerge()
        try merge.define("weave", command)
        try merge.sandbox.git("config", "--global", "hybrid.driverTimeout", "0.5", in: "")
        let done = try merge.hybrid()
        #expect(done.code == 2)
        #expect(done.out == "")
        for word in ["weave", "a.txt", reason] where command != "" || word != "a.txt" {
            #expect(done.err.contains(word), "\(word) is not in: \(done.err)")
        }
        #expect(done.err.split(separator: "\n").count == 1)
        merge.expectTidy()
    }

    @Test func aProgramThatIsNotThereIsNamed() throws {
        let merge = try DrivenMerge()
        try merge.define("weave", "no-such-program %A")
        let said = try merge.hybrid().err
        for word in ["warning", "weave", "a.txt", "no-such-program", "not found"] {
            #expect(said.contains(word), "\(word) is not in: \(said)")
        }
    }

    // MARK: Whose

    /// Where a repository's own configuration can stand.
    @Test(arguments: [[], ["--worktree"]])
    func aRepositorysOwnDriverIsNotRun(_ level: [String]) throws {
        let merge = try DrivenMerge(attributes: "* merge=weave\nb merge=other\n")
        let text = try merge.hybrid()
        let marker = merge.sandbox.root + "/marker"
        if !level.isEmpty {
            try merge.sandbox.git("config", "extensions.worktreeConfig", "true", in: "bare")
        }
        let place = merge.sandbox.root + (level.isEmpty ? "/bare/config" : "/bare/config.worktree")
        try merge.sandbox.git(
            "config", "-f", place, "merge.weave.driver", "touch \(marker); echo woven > %A", in: "")
        let done = try merge.hybrid()
        #expect(!FileManager.default.fileExists(atPath: marker))
        #expect(done.out == text.out && done.code == 1)
        for word in ["warning", "weave", "a.txt", "merged as text", "git config --global merge.weave.driver"]
        {
            #expect(done.err.contains(word), "\(word) is not in: \(done.err)")
        }
        // git itself would have run it.
        _ = try merge.git()
        #expect(FileManager.default.fileExists(atPath: marker))
    }

    @Test func aRepositorysOwnDefaultDoesNotCount() throws {
        let merge = try DrivenMerge(attributes: "")
        try merge.sandbox.git("config", "merge.default", "union", in: "bare")
        let done = try merge.hybrid()
        #expect(done.code == 1)
        #expect(done.err.contains("merge.default = union"), "\(done.err)")
    }

    @Test func aMissingDriverIsNamedOnceAndMergedAsText() throws {
        let merge = try DrivenMerge(
            ["a.txt": "1\n", "b.txt": "1\n"], DrivenMerge.bothSides("echo ours > $f", "echo theirs > $f"),
            attributes: "* merge=weave\n")
        #expect(try merge.expectAgreement().hasPrefix("<<<<<<< ours\n"))
        let said = try merge.hybrid().err
        #expect(said.split(separator: "\n").count == 1 && said.contains("weave"), "\(said)")
    }

    @Test(arguments: ["text", "binary", "union"])
    func gitsOwnDriversNeedNoDefinition(_ name: String) throws {
        let merge = try DrivenMerge(attributes: "* merge=\(name)\n")
        try merge.expectAgreement()
        #expect(try merge.hybrid().err == "")
    }

    @Test func theEnvironmentIsTheUsersOwn() throws {
        let merge = try DrivenMerge()
        let pairs = [
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "MERGE.weave.Driver",
            "GIT_CONFIG_VALUE_0": "echo woven > %A",
        ]
        #expect(try merge.expectAgreement(environment: pairs) == "woven")
        try merge.sandbox.write("[merge \"weave\"]\n\tdriver = echo system > %A\n", to: "system")
        let system = ["GIT_CONFIG_SYSTEM": merge.sandbox.root + "/system", "GIT_CONFIG_NOSYSTEM": "0"]
        #expect(try merge.expectAgreement(environment: system) == "system")
        #expect(try merge.expectAgreement(environment: system.merging(pairs) { $1 }) == "woven")
        let bad = try merge.hybrid(environment: [
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "merge.default",
        ])
        #expect(bad.code == 2 && bad.err.contains("GIT_CONFIG_VALUE_0"), "\(bad.err)")
    }

    // MARK: How

    @Test func itRunsInAPrivateFolderAndLeavesNothingRunning() throws {
        let merge = try DrivenMerge()
        let out = merge.sandbox.root + "/seen"
        try merge.define(
            "weave",
            "(pwd; stat -c %%a . %A; env | grep -c '^GIT_DIR='; ps -o pgid= -p $$; echo $$) > \(out); "
                + "sleep 300 & echo $! > \(out).pid")
        let done = try merge.hybrid(environment: ["GIT_DIR": merge.sandbox.root + "/bare"])
        #expect(done.code == 0, "\(done.err)")
        let seen = try #require(merge.sandbox.read("seen")).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        #expect(seen[0].hasPrefix(merge.sandbox.root + "/tmp/hybrid-driver."))
        #expect(Array(seen[1...3]) == ["700", "600", "0"])
        #expect(seen[4] == seen[5], "it leads its own process group")
        let pid = try #require(merge.sandbox.read("seen.pid").flatMap { Int32($0.dropLast()) })
        try wait(for: "the driver's own child to be ended") {
            // Where nobody waits for orphans it stays as a zombie.
            guard let facts = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return true }
            return String(decoding: facts, as: UTF8.self).contains(") Z ")
        }
        merge.expectTidy()
    }
}
