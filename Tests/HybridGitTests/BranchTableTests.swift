import Foundation
import TestSupport
import Testing

@testable import HybridGit

/// Many names at once must mean what each of them means alone.
@Suite struct BranchTableTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        for name in ["one", "two", "three/four", "tagged", "moved", "abcdef12"] {
            try sandbox.git("commit", "-q", "--allow-empty", "-m", name)
            try sandbox.git("branch", name)
        }
        try sandbox.git("tag", "-a", "-m", "t", "v1", "one")
        // Names that mean something else first.
        try sandbox.git("tag", "tagged", "one")
        try sandbox.git("update-ref", "refs/moved", "two")
        try sandbox.git("branch", "config", "two")
        try sandbox.git("branch", "heads/one", "two")
        try sandbox.git("update-ref", "refs/remotes/far/main", "three/four")
    }

    private let names = [
        "one", "two", "three/four", "tagged", "moved", "abcdef12", "config", "heads/one", "main", "HEAD", "@",
        "refs/heads/one", "heads/two", "tags/v1", "v1", "far/main", "one~1", "main^{tree}", "main:a", "v1^0",
        "nothing", "three", "", "-one", "one..two", "two@{0}", "ONE", "one/",
    ]

    private func check(in place: String = "repo") throws {
        let repository = try Repository(discovering: sandbox.root + "/" + place)
        var found = 0
        for name in names + [
            try sandbox.git("rev-parse", "two"), try sandbox.git("rev-parse", "--short", "two"),
        ] {
            let alone = Result { () throws(GitError) in try repository.resolveCommit(name) }
            let one = Result { () throws(GitError) in try repository.resolveCommits([name])[0] }
            #expect(alone == one || (try? alone.get()) == nil && (try? one.get()) == nil, "\(name)")
            if let id = try? alone.get() {
                found += 1
                let git = try sandbox.run("git", "rev-parse", "--verify", "-q", name + "^{commit}", in: place)
                // git lets files in .git such as `config` be names, and warns; libgit2 does not.
                if git.code == 0 { #expect(git.out.hasPrefix(id.description), "\(name)") }
            } else {
                let error = #expect(throws: GitError.self) { try repository.resolveCommits(["one", name]) }
                #expect(error?.subject == name)
            }
        }
        #expect(found > 15)
    }

    @Test func loose() throws { try check() }

    @Test func packed() throws {
        try sandbox.git("pack-refs", "--all")
        try check()
        // A loose one hides a packed one.
        try sandbox.git("branch", "-f", "one", "two")
        try check()
    }

    @Test func inALinkedWorktree() throws {
        try sandbox.git("worktree", "add", "-q", "../linked", "-b", "linked")
        try sandbox.git("update-ref", "refs/worktree/own", "one", in: "linked")
        try sandbox.git("update-ref", "refs/bisect/bad", "one", in: "linked")
        try sandbox.git("branch", "bisect/bad", "two")
        try check(in: "linked")
        let linked = try Repository(discovering: sandbox.root + "/linked")
        #expect(
            try linked.resolveCommits(["bisect/bad"]) == [try linked.resolveCommit("bisect/bad")])
    }

    @Test func symbolicAndBrokenRefs() throws {
        try sandbox.git("symbolic-ref", "refs/heads/alias", "refs/heads/two")
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(try repository.resolveCommits(["alias"]) == [try repository.resolveCommit("two")])
        // A branch that names a file's content, and one that names nothing.
        let blob = try sandbox.git("rev-parse", "main:a")
        try sandbox.write(blob + "\n", to: "repo/.git/refs/heads/blob")
        try sandbox.write(String(repeating: "1", count: 40) + "\n", to: "repo/.git/refs/heads/gone")
        try sandbox.write("", to: "repo/.git/refs/heads/empty")
        for name in ["blob", "gone", "empty"] {
            #expect(throws: GitError.self) { try repository.resolveCommits([name]) }
        }
    }

    @Test func aFileThatIsNotSortedIsNotSearched() throws {
        try sandbox.git("pack-refs", "--all")
        let path = sandbox.root + "/repo/.git/packed-refs"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("^") }
        #expect(try PackedRefs(path) != nil)
        for head in ["", "# pack-refs with: peeled fully-peeled \n"] {
            try (head + lines.reversed().joined(separator: "\n") + "\n").write(
                toFile: path, atomically: true, encoding: .utf8)
            #expect(try PackedRefs(path) == nil)
            // What is not sorted is read line by line where a ref is deleted.
            let unsorted = try PackedRefs(reading: path)
            for line in lines {
                let name = String(line.split(separator: " ")[1])
                #expect(unsorted.id(of: name)?.description == String(line.prefix(40)), "\(name)")
                #expect(unsorted.lines(of: name)?.count == line.utf8.count + 1, "\(name)")
            }
            #expect(unsorted.lines(of: "refs/heads/none") == nil)
            try check()
        }
    }

    /// Every name, and every name beside it, in files of all small sizes.
    @Test func searchingFindsWhatIsThere() throws {
        let path = sandbox.root + "/packed"
        for count in 0..<40 {
            var text = "# pack-refs with: peeled fully-peeled sorted \n"
            let names = (0..<count).map { "refs/heads/\(String($0 * 37 % 101, radix: 36))" }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for (place, name) in names.enumerated() {
                text += String(repeating: "0", count: 38) + String(10 + place) + " " + name + "\n"
                if place % 3 == 0 { text += "^" + String(repeating: "f", count: 40) + "\n" }
            }
            if count % 2 == 1 { text.removeLast() }
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let refs = try #require(try PackedRefs(path))
            for (place, name) in names.enumerated() {
                #expect(refs.id(of: name)?.description.suffix(2) == "\(10 + place)", "\(count) \(name)")
                #expect(refs.id(of: name + "!") == nil && refs.id(of: String(name.dropLast())) == nil)
            }
            #expect(refs.id(of: "refs/") == nil && refs.id(of: "zzz") == nil)
        }
    }
}
