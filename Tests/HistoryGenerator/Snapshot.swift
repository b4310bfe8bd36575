/// What a tree holds at a path.
package enum Entry: Hashable, Sendable {
    /// A regular file.
    case file([UInt8], isExecutable: Bool)
    /// A symbolic link.
    case link([UInt8])
    /// A submodule's commit, in 40 hexadecimal digits.
    case gitlink(String)
}

/// All that a commit holds, by path.
package struct Snapshot: Hashable, Sendable {
    /// The entries; no path lies inside another.
    package private(set) var entries: [Path: Entry] = [:]

    /// An empty tree.
    package init() {}

    /// The paths in order.
    package var paths: [Path] { entries.keys.sorted() }

    /// The folders in order, without the root.
    package var folders: [Path] {
        var found: Set<Path> = []
        for path in entries.keys {
            var folder = path.parent
            while let each = folder, each != .root, found.insert(each).inserted { folder = each.parent }
        }
        return found.sorted()
    }

    /// What is at a path.
    package subscript(path: Path) -> Entry? { entries[path] }

    /// The entries below a folder, in order.
    package func inside(_ folder: Path) -> [Path] { paths.filter { $0.isInside(folder) } }

    /// Puts an entry at a path; what is in its way goes: files above it, and all below it.
    package mutating func put(_ entry: Entry, at path: Path) {
        guard path != .root else { return }
        if entries[path] == nil {
            for other in Array(entries.keys) where other.isInside(path) || path.isInside(other) {
                entries[other] = nil
            }
        }
        entries[path] = entry
    }

    /// Removes a file, or a folder with all in it.
    package mutating func remove(_ path: Path) {
        if entries.removeValue(forKey: path) != nil { return }
        for other in inside(path) { entries[other] = nil }
    }

    /// The entry at a path or the entries below it, by path.
    func group(_ path: Path) -> [(Path, Entry)] {
        if let entry = entries[path] { return [(path, entry)] }
        return inside(path).compactMap { inner in entries[inner].map { (inner, $0) } }
    }

    /// Does what a step says; one that finds nothing to work on does nothing.
    package mutating func apply(_ step: Step, commits: [String: Snapshot] = [:]) {
        switch step {
        case .write(let path, let content):
            if case .file(_, true)? = entries[path] {
                put(.file(content, isExecutable: true), at: path)
            } else {
                put(.file(content, isExecutable: false), at: path)
            }
        case .mode(let path, let isExecutable):
            if case .file(let content, _)? = entries[path] {
                entries[path] = .file(content, isExecutable: isExecutable)
            }
        case .link(let path, let target): put(.link(target), at: path)
        case .gitlink(let path, let id): put(.gitlink(id), at: path)
        case .delete(let path): remove(path)
        case .move(let from, let to), .copy(let from, let to):
            let group = group(from)
            if case .move = step { for (path, _) in group { entries[path] = nil } }
            for (path, entry) in group {
                put(entry, at: path == from ? to : path.moved(from: from, to: to))
            }
        case .take(let commit, let since):
            guard let theirs = commits[commit], let base = commits[since] else { return }
            for path in Set(base.entries.keys).subtracting(theirs.entries.keys).sorted() {
                entries[path] = nil
            }
            for path in theirs.paths where theirs[path] != base[path] {
                if let entry = theirs[path] { put(entry, at: path) }
            }
        }
    }
}
