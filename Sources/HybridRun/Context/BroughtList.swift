internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What was brought into one worktree, so that it can be told later from what was made there.
struct BroughtList {
    /// A file or link as it came.
    struct Entry {
        /// The user's own, when it was copied.
        var source: PathFacts
        /// The copy.
        var copy: PathFacts
    }

    /// Where the user's own lie.
    var folder: String
    var entries: [String: Entry] = [:]
    /// The paths that were brought as a whole.
    var roots: [String] = []

    /// Reads a list as ``bytes`` gives it; nil for anything else.
    init?(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard parts.count >= 2, let count = Int(parts[1]), parts.count >= 2 + count else { return nil }
        folder = parts[0]
        roots = Array(parts[2..<2 + count])
        var at = 2 + count
        while at + 2 < parts.count {
            guard let source = Self.facts(parts[at + 1]), let copy = Self.facts(parts[at + 2]) else {
                return nil
            }
            entries[parts[at]] = Entry(source: source, copy: copy)
            at += 3
        }
        // Nothing follows the last entry but the end of its text.
        guard at == parts.count - 1, parts[at].isEmpty else { return nil }
    }

    init(folder: String) { self.folder = folder }

    /// The list as text, far shorter than as JSON.
    var bytes: [UInt8] {
        var parts = [folder, String(roots.count)] + roots
        for (path, entry) in entries.sorted(by: { $0.key.precedesInBytes($1.key) }) {
            parts += [path, Self.text(entry.source), Self.text(entry.copy)]
        }
        return Array((parts.joined(separator: "\u{0}") + "\u{0}").utf8)
    }

    private static func text(_ facts: PathFacts) -> String {
        "\(facts.kind.rawValue) \(facts.size) \(facts.mode) \(facts.modified) \(facts.changed) \(facts.inode)"
    }

    private static func facts(_ text: String) -> PathFacts? {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 6, let kind = UInt8(parts[0]).flatMap(PathFacts.Kind.init),
            let size = Int(parts[1]),
            let mode = UInt32(parts[2]), let modified = FileTime(parts[3]), let changed = FileTime(parts[4]),
            let inode = UInt64(parts[5])
        else { return nil }
        return PathFacts(
            kind: kind, size: size, mode: mode, modified: modified, changed: changed, inode: inode)
    }

    /// Whether a path in the worktree holds still what was brought there; false for what was never brought.
    func isUnchanged(_ path: String, in worktree: String) -> Bool {
        guard let entry = entries[path], let now = PathFacts.of(worktree + "/" + path) else { return false }
        if now == entry.copy { return true }
        guard now.kind == entry.copy.kind, now.size == entry.copy.size else { return false }
        let mine = folder + "/" + path
        if now.kind == .link {
            return FileCopies.target(of: worktree + "/" + path) == FileCopies.target(of: mine)
        }
        // Touched, perhaps, and no more: the user's own tells, while that is as it was.
        guard let source = PathFacts.of(mine), source.hasContent(of: entry.source) else { return false }
        return Files.read(worktree + "/" + path) == Files.read(mine)
    }

    /// Takes note of what was brought to a path just now.
    mutating func note(_ path: String, source: PathFacts, worktree: String) {
        guard let copy = PathFacts.of(worktree + "/" + path) else { return }
        entries[path] = Entry(source: source, copy: copy)
    }

    /// Whether a stored file has the content that was brought to a path.
    func holds(_ path: String, id: ObjectID, in worktree: String) -> Bool {
        guard let entry = entries[path] else { return false }
        let (mine, copy) = (folder + "/" + path, worktree + "/" + path)
        if entry.copy.kind == .link {
            let target = entry.source.kind == .link ? FileCopies.target(of: mine) : mine
            return target.flatMap { try? ObjectID(ofBlob: Array($0.utf8)) } == id
        }
        guard entry.copy.kind == .file else { return false }
        // The copy where it is as it came; the user's own may be another by now.
        let places = PathFacts.of(copy) == entry.copy ? [copy, mine] : [mine]
        return places.contains { Files.read($0).flatMap { try? ObjectID(ofBlob: $0) } == id }
    }
}

extension RunStore {
    /// A list as it is kept.
    private struct Kept: Codable { var list: Data }

    /// Keeps a list, sealed: whoever could write one would have work taken for the user's own, or that for work.
    func keep(_ list: BroughtList, as file: RunFile, of run: RunRecord) throws {
        try keep(Kept(list: Data(list.bytes)), as: file, of: run)
    }

    /// The list that was kept; nil where none was.
    ///
    /// Throws where it is gone, is not what hybrid kept last, or is no list: taken for none, all that came would be
    /// somebody's work.
    func broughtList(_ file: RunFile, of run: RunRecord) throws -> BroughtList? {
        guard let kept = try kept(Kept.self, as: file, of: run) else { return nil }
        guard let list = BroughtList(Array(kept.list)) else {
            throw HybridError(
                .sealBroken, paths.file(run.id, file),
                "its seal holds, but it is no list of what was brought that this hybrid can read",
                next: "go on with the version of the program in which run \(run.id) began")
        }
        return list
    }
}
