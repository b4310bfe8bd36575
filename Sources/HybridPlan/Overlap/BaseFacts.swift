internal import HybridBase
internal import HybridGit
internal import HybridSystem

/// What the base says about the places that claims name: what is in the way, and where links lead.
package final class BaseFacts {
    /// What stands on the way to a path.
    package struct Obstacle: Hashable {
        package var path: String
        package var entry: BaseEntry

        package init(path: String, entry: BaseEntry) {
            self.path = path
            self.entry = entry
        }
    }

    package let base: any BaseTree
    /// What is in the way of everything in a folder.
    private var obstacles: [RepoPath: Obstacle?] = [:]
    /// Links that are followed before one is taken for a loop, as in Linux.
    private static let mostLinks = 40

    package init(_ base: any BaseTree) { self.base = base }

    /// The first file, link or submodule above a path; nil where only folders are, or nothing is yet.
    package func obstacle(above path: String) throws -> Obstacle? {
        try obstacle(in: RepoPath(path).parent)
    }

    private func obstacle(in folder: RepoPath) throws -> Obstacle? {
        if folder.isRoot { return nil }
        if let known = obstacles[folder] { return known }
        var found = try obstacle(in: folder.parent)
        if found == nil, let entry = try base.entry(folder.text), entry != .directory {
            found = Obstacle(path: folder.text, entry: entry)
        }
        obstacles[folder] = .some(found)
        return found
    }

    /// Where a path leads through the links of the base.
    package enum Resolved: Hashable {
        /// It holds no link.
        case itself
        case elsewhere(String)
        /// Links go round in a circle, or out of the repository.
        case nowhere(String)
    }

    /// Follows the links in a path, the last component's among them.
    package func resolved(_ path: String) throws -> Resolved {
        var done: [Substring] = []
        var rest = path.pathParts[...]
        var links = 0
        while let part = rest.popFirst() {
            if part == "." { continue }
            if part == ".." {
                guard done.popLast() != nil else { return .nowhere("leads out of the repository") }
                continue
            }
            let here = (done + [part]).joined(separator: "/")
            guard try base.entry(here) == .symlink, let target = try base.content(of: here) else {
                done.append(part)
                continue
            }
            links += 1
            if links > Self.mostLinks { return .nowhere("goes round in a circle of links") }
            let text = String(decoding: target, as: UTF8.self)
            if text.beginsWithBytes(of: "/") { return .nowhere("leads out of the repository") }
            rest = (text.pathParts + rest)[...]
        }
        if links == 0 { return .itself }
        return done.isEmpty
            ? .nowhere("leads to the repository's root") : .elsewhere(done.joined(separator: "/"))
    }
}
