internal import HybridGit
internal import HybridPlan

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The packs that this process wrote and whose commits no ref names yet: git is told to let them be.
final class HeldPacks {
    private var packs: [KeptPack] = []

    /// Who keeps a pack, as its file says it.
    static func owner(_ run: RunID) -> String { "run \(run), process \(getpid())" }

    /// The run that such a file was made for; nil where it names none.
    static func run(ofOwner owner: String) -> RunID? {
        guard owner.hasPrefix("run ") else { return nil }
        return RunID(owner.dropFirst(4).prefix { $0 != "," })
    }

    /// Packs of what a run takes in from worktrees; they are kept for as long as it works.
    ///
    /// What they hold is a tree, which gets its commit and its ref later.
    func keeping(_ run: RunID) -> PackKeeping {
        PackKeeping(owner: Self.owner(run)) { self.hold($0) }
    }

    /// Keeps a pack until ``release(_:)`` of its commit, or until this value goes away.
    func hold(_ pack: KeptPack?) {
        if let pack { packs.append(pack) }
    }

    /// A ref names this commit now.
    func release(_ tip: ObjectID) {
        for pack in packs where pack.tip == tip { pack.release() }
        packs.removeAll { $0.tip == tip }
    }

    /// Releases what was only tried and got no ref.
    func releaseAll() {
        for pack in packs { pack.release() }
        packs = []
    }
}
