#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A pack whose objects no ref names yet.
///
/// `git repack -ad` deletes such a pack. For as long as this value lives, a file beside it, which git knows as
/// `.keep`, says that the pack stays. A process that is killed leaves the file; ``Repository/keptPacks()`` finds it.
public final class KeptPack {
    /// The commit whose objects it holds; once a ref names it, the file may go.
    public let tip: ObjectID
    private let path: String
    private var isReleased = false

    init(tip: ObjectID, path: String) {
        self.tip = tip
        self.path = path
    }

    deinit { release() }

    /// Lets git do with the pack as it likes.
    package func release() {
        if isReleased { return }
        isReleased = true
        unlink(path)
    }

    /// What the file says; the run that the pack was made for is in it.
    static func text(_ owner: String) -> String { head + owner + "\n" }
    private static let head = "hybrid: "

    /// Who a file of this kind was made for; nil where it is none of hybrid's.
    static func owner(_ text: String) -> String? {
        text.hasPrefix(head) ? String(text.dropFirst(head.count)) : nil
    }
}

/// For whom packs are kept that are written before any ref names what they hold.
package struct PackKeeping {
    /// What the file says that keeps one.
    package var owner: String
    /// Takes a pack in; it is kept for as long as somebody holds it.
    package var hold: (KeptPack?) -> Void

    package init(owner: String, hold: @escaping (KeptPack?) -> Void) {
        self.owner = owner
        self.hold = hold
    }
}

extension Repository {
    /// The files that keep packs of hybrid's, and for whom each was made.
    ///
    /// Grows with the number of packs.
    public func keptPacks() throws(GitError) -> [(path: String, owner: String)] {
        let folder = commonDirectory + "objects/pack"
        var found: [(path: String, owner: String)] = []
        for name in try Disk.names(in: folder).sorted()
        where name.hasPrefix("pack-") && name.hasSuffix(".keep") {
            let path = folder + "/" + name
            guard let text = try Disk.text(path), let owner = KeptPack.owner(text) else { continue }
            found.append((path, owner))
        }
        return found
    }

    /// Removes such a file; one that is gone is fine.
    package func releaseKeptPack(_ path: String) throws(GitError) {
        if unlink(path) != 0 && errno != ENOENT { throw Disk.failure("remove", path) }
    }
}
