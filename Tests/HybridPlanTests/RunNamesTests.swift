import Foundation
import HybridGit
import TestSupport
import Testing

@testable import HybridPlan

/// All names that a run gives, for any jobs that a plan may have.
@Suite struct RunNamesTests {
    private static let run: RunID = "20261128-010203-ab2c"
    /// Ids that say what is hybrid's, or nearly.
    private static let hard = [
        "record", "squashed", "base", "job", "user", "verify", "advance", "orchestrator", "integrate", "lock",
        "record-lock", "stop", "hooks", "agents", "env", "step", "target", "landed", "wave-0", "wave-1",
        "check-1", "check", "resolve", "x", "x-resolve", "target-resolve", "rescue", "rescue-2", "committed",
        "resolved-from", "head", "1", "2", "0", "a-", "shared-0", "by-hand", "target-before", "main",
    ]

    /// Ids from a number, as a plan may have them.
    private static func ids(_ seed: UInt64) -> [JobID] {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789-")
        var found = Set(hard.shuffled(using: &random).prefix(12))
        while found.count < 18 {
            let text = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random)!
            }
            if text[0] != "-" { found.insert(String(text)) }
        }
        return found.sorted().map { JobID(unchecked: $0) }
    }

    private static func refs(_ jobs: [JobID]) -> [RunRef] {
        let owners: [RunRef.Owner] = jobs.map { .job($0) } + [.target, .orchestrator, .integrate]
        let worktrees: [String?] = [
            nil, "main", "_main", "a.lock", "Ünter", "x y", "-x", "..", "a=b", "@{1}",
        ]
        return RunRef.Own.allCases.map { .run($0) } + [0, 1, 17].map { .wave($0) }
            + worktrees.flatMap { name in [1, 2, 16].map { .user(worktree: name, number: $0) } }
            + [0, 3].map { .stash(wave: $0) }
            + (jobs.map(JobID?.some) + [nil]).flatMap { job in
                ["0123456789ab", "deadbeefcafe"].map { .beside(job: job, id: $0) }
            }
            + owners.flatMap { owner in
                RunRef.Kept.allCases.flatMap { kept in
                    [1, 2, 11].map { .kept(owner, kept, number: $0) }
                }
            }
    }

    private static func places(_ jobs: [JobID]) -> [RunPlace] {
        jobs.flatMap { [RunPlace.job($0), .resolve(job: $0)] }
            + [.resolveTarget, .orchestrator, .integrate, .check(1), .check(12)]
    }

    private static func files(_ names: RunNames, _ jobs: [JobID]) -> [String] {
        let steps = jobs.map { RunStep.job($0) } + RunStep.Own.allCases.map { .own($0) }
        let files: [RunFile] =
            [
                .lock, .recordLock, .claimsLock, .stop, .restoredPaths, .mergeMessage, .hooks, .agents,
                .gitmodules, .copies, .deeds, .neighbours, .shared(wave: 0), .beside(wave: 0),
                .undoStash(wave: 0),
            ]
            + jobs.map { .environment(job: $0) }
        return steps.flatMap { step in [1, 2].map { "\(names.folder(step))/\($0)/log" } }
            + files.map { names.file($0) }
    }

    /// Names that are the same to some file system, or of which one would have to be a folder of another.
    private static func clashes(_ names: [String]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for name in names where !seen.insert(name.lowercased()).inserted { found.append(name) }
        for name in names {
            let parts = name.lowercased().split(separator: "/")
            for count in 1..<max(2, parts.count) where count < parts.count {
                if seen.contains(parts.prefix(count).joined(separator: "/")) { found.append(name) }
            }
        }
        return found
    }

    @Test("are distinct, none is a folder of another, and each tells what made it", arguments: 0..<40)
    func together(seed: UInt64) throws {
        let jobs = Self.ids(seed)
        #expect(jobs.allSatisfy { JobID($0.text) == $0 })
        let names = RunNames(Self.run)
        let refs = Self.refs(jobs)
        let places = Self.places(jobs)
        let branches = try places.map { try names.branch($0) }
        let all = refs.map { names.name($0) } + branches.map(\.ref.text)
        #expect(Self.clashes(all) == [])
        #expect(Self.clashes(places.map { names.registration($0) }) == [])
        #expect(Self.clashes(places.map { names.folder($0) }) == [])
        #expect(Self.clashes(Self.files(names, jobs)) == [])
        for ref in refs {
            #expect(names.parse(ref: names.name(ref)) == ref)
            if case .kept(let owner, _, _) = ref {
                #expect(names.owner(ofRef: names.name(ref)) == owner)
            } else if case .beside(let job?, _) = ref {
                #expect(names.owner(ofRef: names.name(ref)) == .job(job))
            } else {
                #expect(names.owner(ofRef: names.name(ref)) == nil)
            }
        }
        for (place, branch) in zip(places, branches) {
            #expect(names.place(names.folder(place)) == place)
            let ofBranch = try #require(RunNames.parse(branch: branch.ref.text))
            let ofRegistration = try #require(RunNames.parse(registration: names.registration(place)))
            #expect(ofBranch == (Self.run, names.folder(place)))
            #expect(ofRegistration == (Self.run, names.folder(place)))
        }
        for name in all { #expect(RunNames.run(ofRef: name) == Self.run) }
    }

    @Test("are accepted by git, all of them in one repository")
    func inGit() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "a\n"])
        let commit = try sandbox.git("rev-parse", "HEAD")
        let jobs = Array(Set(Self.hard.map { JobID(unchecked: $0) } + Self.ids(7)))
        let names = RunNames(Self.run)
        let all =
            try Self.refs(jobs).map { names.name($0) }
            + Self.places(jobs).map { try names.branch($0).ref.text }
        let lines = all.map { "create \($0) \(commit)\n" }.joined()
        let made = try sandbox.run("git", "update-ref", "--stdin", in: "repo", input: Data(lines.utf8))
        #expect(made.code == 0, "\(made.err)")
        let listed = try sandbox.git("for-each-ref", "--format=%(refname)").split(separator: "\n")
        #expect(Set(listed.map(String.init)) == Set(all + ["refs/heads/main"]))
        for branch in try Self.places(jobs).map({ try names.branch($0).text }) {
            #expect(try sandbox.run("git", "check-ref-format", "--branch", branch).code == 0, "\(branch)")
        }
    }

    @Test("of the first layout are read as they were made")
    func earlier() throws {
        // What was reserved then could be no job's id.
        let reserved = Set(
            RunRef.Own.allCases.map(\.rawValue) + [
                "orchestrator", "integrate", "verify", "advance", "target",
            ])
        let jobs = Self.hard.filter {
            !reserved.contains($0) && !$0.hasPrefix("check-") && !$0.hasPrefix("wave-")
                && !$0.hasSuffix("-resolve")
        }
        let names = RunNames(Self.run, .beside)
        // Two ids were not reserved, although no ref of theirs could be made.
        let all = (jobs + ["record", "squashed"]).map { JobID(unchecked: $0) }
        for ref in Self.refs(all) { #expect(names.parse(ref: names.name(ref)) == ref, "\(ref)") }
        #expect(Self.clashes(Self.refs(all).map { names.name($0) }) == [])
        for place in Self.places(all) { #expect(names.place(names.folder(place)) == place, "\(place)") }
        #expect(names.name(.job("alpha", .rescue)) == "refs/hybrid/\(Self.run)/alpha/rescue")
        #expect(try names.branch(.resolve(job: "alpha")).text == "hybrid/\(Self.run)/alpha-resolve")
    }

    @Test(
        "of others are nobody's",
        arguments: [
            "refs/hybrid/RUN", "refs/hybrid/RUN/", "refs/hybrid/RUN/other", "refs/hybrid/RUN/wave-01",
            "refs/hybrid/RUN/job/a", "refs/hybrid/RUN/job/A/rescue", "refs/hybrid/RUN/job/a/rescue-1",
            "refs/hybrid/RUN/job/a/rescue/x", "refs/hybrid/RUN/alpha/rescue", "refs/hybrid/RUN/user/a=2Fb=",
            "refs/hybrid/RUN/user/a b", "refs/hybrid/other/base", "refs/heads/hybrid/RUN/base",
        ])
    func foreign(_ text: String) {
        #expect(RunNames(Self.run).parse(ref: text.replacing("RUN", with: Self.run.text)) == nil)
    }

    /// A ledger rebuilt from names must know which of two runs of one second is the newer one.
    @Test func idsSortByTimeAlsoWithinASecond() {
        let ids = stride(from: 0.0, to: 3, by: 0.002).map {
            RunNames.makeID(now: Date(timeIntervalSince1970: 1_795_860_488 + $0))
        }
        #expect(ids == ids.sorted())
        #expect(ids.allSatisfy { RunID($0.text) == $0 })
        #expect(ids[0].text.hasPrefix("20261128-") && ids[499].text.hasPrefix(ids[0].text.prefix(15)))
    }

    @Test(
        "what can be no id is none, and a record that holds it is not read",
        arguments: [
            "", "-a", "A", "a b", "a/b", "ä", "a.b", "a_b", "a\n", String(repeating: "a", count: 61), "..",
        ])
    func noIDs(_ text: String) throws {
        #expect(JobID(text) == nil && RunID(text) == nil)
        for date in [
            "20261128-010203-\(text)", "2026112-010203-ab2c", "20261128-010203-ab2c-", "20261128 010203 ab2c",
        ] {
            #expect(RunID(date) == nil, "\(date)")
        }
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([JobID].self, from: json) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([RunID].self, from: json) }
    }

    @Test("ids are plain text in a record, as values and as keys")
    func coded() throws {
        let record = [JobID(unchecked: "a-1"): [Self.run]]
        let json = try JSONEncoder().encode(record)
        #expect(String(decoding: json, as: UTF8.self) == #"{"a-1":["20261128-010203-ab2c"]}"#)
        #expect(try JSONDecoder().decode([JobID: [RunID]].self, from: json) == record)
    }
}
