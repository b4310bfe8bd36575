import HybridGit
import Testing

@testable import HybridRun

/// What the log of a worktree's HEAD tells.
@Suite struct HeadLogTests {
    private func id(_ number: Int) -> ObjectID {
        ObjectID(hex: String(repeating: String(number, radix: 16), count: 40))!
    }

    private func log(_ lines: [(Int, Int, String)]) -> HeadLog {
        HeadLog(lines.map { ReflogEntry(old: id($0.0), new: id($0.1), message: $0.2) }, on: "own")
    }

    @Test func placesAndWhatWasMade() {
        let log = log([
            (1, 2, "commit: a"), (2, 2, "checkout: moving from own to HEAD"),
            (2, 2, "checkout: moving from HEAD to side"), (2, 3, "commit: b: c"),
            (3, 4, "checkout: moving from side to \(id(4))"), (4, 5, "cherry-pick: d"),
            (5, 2, "checkout: moving from \(id(5)) to own"), (2, 6, "commit (amend): a"),
        ])
        #expect(log.commits == [1, 2, 3, 4, 5, 6].map(id))
        #expect(log.places == [id(2): "own", id(3): "side", id(6): "own"])
        #expect(log.amended == [id(2)])
        #expect(log.made == [id(2), id(3), id(5), id(6)])
    }

    @Test(arguments: ["rebase", "rebase -i", "pull --rebase origin main"])
    func rebasesThatCameToTheirEnd(verb: String) {
        let steps = [
            (2, 3, "\(verb) (start): checkout main"), (3, 4, "\(verb) (pick): a"),
            (4, 5, "\(verb) (fixup): b"),
        ]
        let done = log(steps + [(5, 5, "\(verb) (finish): returning to refs/heads/own")])
        #expect(done.rebases == [.init(from: id(2), onto: id(3), made: [id(4), id(5)], melds: true)])
        #expect(log(steps + [(5, 2, "\(verb) (abort): returning to refs/heads/own")]).rebases == [])
        #expect(log(steps).rebases == [])
    }
}
