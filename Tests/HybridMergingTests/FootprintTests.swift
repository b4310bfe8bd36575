import HistoryGenerator
import HybridGit
import Testing

@testable import HybridMerging

/// Which change sets meet.
@Suite struct FootprintTests {
    private static func entry(_ number: Int) -> TreeEntry {
        TreeEntry(kind: .file, id: ObjectID(hex: String(repeating: "0", count: 38) + String(10 + number))!)
    }

    /// A change set from words: `+path`, `-path`, `~path`, and `/path` for a folder that is gone.
    private static func set(_ text: String) -> ChangeSet {
        var set = ChangeSet(changes: [])
        for word in text.split(separator: " ") {
            let path = RepoPath(String(word.dropFirst()))
            switch word.first {
            case "+": set.changes.append(Change(path: path, old: nil, new: entry(1)))
            case "-": set.changes.append(Change(path: path, old: entry(0), new: nil))
            case "~": set.changes.append(Change(path: path, old: entry(0), new: entry(2)))
            default: set.removedFolders.append(path)
            }
        }
        set.changes.sort { $0.path < $1.path }
        set.removedFolders.sort()
        return set
    }

    @Test(arguments: [
        ("", "", 0, false), ("~a", "", 0, false), ("~a", "~b", 0, false), ("~a", "~a", 1, false),
        ("~a ~b ~d/c", "-a +x ~d/c", 2, false), ("+d/a", "+d/b", 0, false), ("+d", "+d/b", 0, true),
        ("+d/s/t", "+d", 0, true), ("+d/s/t", "~d/s", 0, true), ("+d-e", "+d/b", 0, false),
        ("-d/a /d", "+d/b", 0, true), ("-d/a /d", "~d/b", 0, false), ("-d/a /d", "+d/s/b", 0, true),
        ("-d/s/a /d/s", "+d/b", 0, false), ("-d/a /d", "-e/b /e", 0, false), ("-d/a", "+d/b", 0, false),
        ("-d/a /d +e/a", "+e/b", 0, false), ("-d/a /d +d", "+d/b", 0, true), ("-d/a /d", "-d/a /d", 1, false),
        ("~8yn0iYCKYHlIj4-BwPqk ~GReLUrM4wMqfg9yzV3KQ", "~GReLUrM4wMqfg9yzV3KQ", 2, false),
    ])
    func meets(one: String, two: String, shared: Int, involvesFolders: Bool) {
        let (first, second) = (Self.set(one), Self.set(two))
        for (a, b) in [(first, second), (second, first)] {
            let meeting = Footprint(a).meets(Footprint(b))
            #expect(meeting.shared.count == shared)
            #expect(meeting.involvesFolders == involvesFolders)
            #expect(meeting.isNone == (shared == 0 && !involvesFolders))
            let same = meeting.shared.filter { a.changes[$0.one].path == b.changes[$0.two].path }
            #expect(same.count == Set(a.changes.map(\.path)).intersection(b.changes.map(\.path)).count)
        }
    }

    /// The rules, straight from what they say.
    private func meetPlainly(_ a: ChangeSet, _ b: ChangeSet) -> Bool {
        func isBelow(_ path: RepoPath, _ folder: RepoPath) -> Bool {
            path.bytes.starts(with: folder.bytes + [47])
        }
        func oneWay(_ a: ChangeSet, _ b: ChangeSet) -> Bool {
            a.changes.contains { mine in
                b.changes.contains { mine.path == $0.path || isBelow($0.path, mine.path) }
                    || mine.old == nil && b.removedFolders.contains { isBelow(mine.path, $0) }
            }
        }
        return oneWay(a, b) || oneWay(b, a)
    }

    @Test(arguments: 0..<40)
    func theIndexFindsWhatComparingAllPairsFinds(seed: Int) {
        var random = Random(seed: 11, part: seed)
        let names = [
            "a", "b", "c", "a/a", "a/b", "a/b/c", "b/a", "b/a/b/c", "c/a", "c/b", "ab", "a-b", "d/x", "d/y",
        ]
        let sets = (0..<random.pick(0...30)).map { _ in
            let words = names.shuffled(using: &random).prefix(random.pick(0...3))
                .map { random.pick(["+", "-", "~", "~", "/"]) + $0 }
            return Self.set(words.joined(separator: " "))
        }
        let prints = sets.map(Footprint.init)
        var wanted: [[Int]] = []
        for one in sets.indices {
            for two in sets.indices where one < two {
                let meet = meetPlainly(sets[one], sets[two])
                #expect(meet != prints[one].meets(prints[two]).isNone)
                if meet { wanted.append([one, two]) }
            }
        }
        #expect(MeetingIndex(prints).pairs().map { [$0.0, $0.1] } == wanted)
    }

    @Test func aPathsHashIsThatOfItsFolderBuiltFurther() {
        var hash = PathHash()
        for byte in "d/s".utf8 { hash.add(byte) }
        #expect(hash.value == PathHash.of(RepoPath("d/s")))
        #expect(
            PathHash.of(RepoPath("8yn0iYCKYHlIj4-BwPqk")) == PathHash.of(RepoPath("GReLUrM4wMqfg9yzV3KQ")))
        #expect(PathHash.of(RepoPath("d/s")) != PathHash.of(RepoPath("d/t")))
    }
}
