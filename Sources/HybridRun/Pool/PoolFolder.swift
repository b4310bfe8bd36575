internal import HybridBase
internal import HybridGit
internal import HybridReport
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What is kept of a folder in the pool, sealed: nobody else says which of its files are as they were written.
struct PoolNote: Codable {
    /// The checksum of the index as it was written with the files.
    var checksum: String
    /// What decided how they were written.
    var rules: String
    /// The bytes of its files.
    var size: Int
    /// Whether only hybrid's own commands ran there.
    var isCheck = false
    /// What git ignores and stays.
    var kept: [String] = []

    static let file = "hybrid-made.json"
    static let index = "hybrid-made.index"
    static let tree = "tree"
}

/// A folder that was taken out of the pool.
struct TakenFolder {
    var path: String
    var note: PoolNote

    func spare(later: String) -> SpareFolder? {
        guard let checksum = ObjectID(hex: note.checksum) else { return nil }
        return SpareFolder(
            folder: path + "/" + PoolNote.tree, index: path + "/" + PoolNote.index, checksum: checksum,
            rules: note.rules, kept: note.kept, later: later)
    }
}

/// The pool as it lies on the disk, beside the worktrees of all runs: an entry for each folder, named as the worktree
/// was whose folder it is.
///
/// An entry is whole or has a name that begins with a dot and the number of the process that makes or empties it.
struct PoolFolder {
    let path: String
    private let sealer: Sealer

    init(_ worktrees: String, _ sealer: Sealer) {
        path = worktrees + "/.pool"
        self.sealer = sealer
    }

    /// The whole entries.
    func names() throws -> [String] {
        Files.names(in: path).filter { !$0.hasPrefix(".") }.sorted()
    }

    func entry(_ name: String) -> String { path + "/" + name }
    func draft(_ name: String) -> String { "\(path)/.\(getpid()).new.\(name)" }

    /// The text of a note; it holds for this folder only.
    func note(_ name: String, at place: String) -> SealedText {
        SealedText(sealer, .spare, place: ["pool", name], shown: place)
    }

    /// Takes an entry; nil where another process was faster, or its note is not hybrid's.
    func take(_ name: String) throws -> TakenFolder? {
        let taken = "\(path)/.\(getpid()).taken.\(name)"
        guard unsafe rename(entry(name), taken) == 0 else { return nil }
        let text = note(name, at: taken + "/" + PoolNote.file)
        let note = (try? text.read(PoolNote.self))?.value
        return TakenFolder(path: taken, note: note ?? PoolNote(checksum: "", rules: "", size: 0))
    }

    /// Whether only hybrid's own commands ran in an entry's folder, as its note says.
    func isCheck(_ name: String) throws -> Bool { known(name)?.isCheck == true }

    private func known(_ name: String) -> PoolNote? {
        (try? note(name, at: entry(name) + "/" + PoolNote.file).read(PoolNote.self))?.value
    }

    /// How much lies there.
    func size(most: Int) throws -> PoolSize? {
        let names = try names()
        guard !names.isEmpty || most > 0 else { return nil }
        return PoolSize(
            worktrees: names.count, most: most, bytes: names.reduce(0) { $0 + (known($1)?.size ?? 0) })
    }

    /// What processes that have ended left half done.
    func leftovers() -> [String] {
        Files.names(in: path).filter { name in
            guard name.hasPrefix("."), let text = name.dropFirst().split(separator: ".").first,
                let process = Int32(text)
            else { return false }
            return kill(process, 0) != 0 && errno == ESRCH
        }.sorted().map(entry)
    }

    func removeIfEmpty() { Files.removeEmptyFolder(path) }
}
