internal import HybridGit

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where a repository keeps hybrid's state: below its common git directory, shared by all worktrees.
public struct RunPaths: Sendable {
    /// The common git directory, with a final `/`.
    public let common: String
    /// The folder that holds the worktrees of all runs.
    public let worktrees: String

    /// Lays out the paths; `worktrees` is the user's setting, or nil for a folder beside the repository.
    public init(common: String, mainWorktree: String?, worktrees: String?) {
        self.common = common
        if let worktrees {
            self.worktrees = worktrees
        } else if let main = mainWorktree {
            self.worktrees = main.withoutFinalSlashes + ".hybrid"
        } else {
            self.worktrees = common.withoutFinalSlashes + ".hybrid"
        }
    }

    /// hybrid's own folder.
    public var hybrid: String { common + "hybrid" }
    /// The ledger.
    public var ledger: String { hybrid + "/ledger.sqlite" }
    /// One run's logs and specs.
    public func run(_ run: String) -> String { hybrid + "/runs/" + run }
    /// The attempts of one step of a run.
    func attempts(_ names: RunNames, _ step: RunStep) -> String {
        run(names.run) + "/" + names.folder(step)
    }
    /// One attempt of one step of a run.
    func attempt(_ names: RunNames, _ step: RunStep, _ attempt: Int) -> String {
        attempts(names, step) + "/" + String(attempt)
    }
    /// A file of a run.
    func file(_ run: String, _ file: RunFile) -> String { self.run(run) + "/" + RunNames(run).file(file) }
    /// A worktree of a run.
    func worktree(_ names: RunNames, _ place: RunPlace) -> String {
        folder(names.run, names.folder(place))
    }
    /// A run's worktree by the name of its folder.
    func folder(_ run: String, _ name: String) -> String { worktrees + "/" + run + "/" + name }
}

/// Small questions to the file system.
enum Files {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// How long ago a file was written, in seconds, for display; 0 where it is not there.
    static func age(_ path: String) -> Double {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: path),
            let written = facts[.modificationDate] as? Date
        else { return 0 }
        return max(0, Date().timeIntervalSince(written))
    }

    /// When a path's entry last changed in any way, links not followed, in nanoseconds since 1970; nil: not there.
    static func changed(_ path: String) -> Int64? {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else { return nil }
        #if canImport(Darwin)
            let time = found.st_ctimespec
        #else
            let time = found.st_ctim
        #endif
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    static func makeFolder(_ path: String) throws(HybridError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw HybridError(path, "the folder cannot be made", next: "check its permissions and free space")
        }
    }

    /// The path without links; nil where it leads nowhere.
    static func real(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// An absolute path without links and dots, also where its end is not there yet.
    static func withoutLinks(_ path: String) -> String {
        var here = ""
        for part in path.pathParts where !part.hasBytes(of: ".") {
            if part.hasBytes(of: "..") {
                here = here.pathFolder.map { $0.hasBytes(of: "/") ? "" : String($0) } ?? ""
            } else {
                let next = here + "/" + part
                here = real(next) ?? next
            }
        }
        return here.isEmpty ? "/" : here
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    /// Whether a path itself, links not followed, is a folder.
    static func isRealFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

    /// Whether a path itself is a symbolic link.
    static func isLink(_ path: String) -> Bool { kind(path) == S_IFLNK }

    private static func kind(_ path: String) -> mode_t? {
        var found = stat()
        return unsafe lstat(path, &found) == 0 ? found.st_mode & S_IFMT : nil
    }

    /// The names in a folder; none where it cannot be read.
    static func names(in path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    /// The paths of all that lies below a folder, from it; none where it cannot be read.
    static func namesBelow(_ path: String) -> [String] {
        (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    }

    static func read(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    /// Removes a file that may be gone already.
    static func remove(_ path: String) throws(HybridError) {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw HybridError(path, "it cannot be removed", next: "check its permissions")
        }
    }

    /// Removes a folder that must be empty; one that is not stays.
    static func removeEmptyFolder(_ path: String) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path), names.isEmpty else {
            return
        }
        // A folder that cannot go is harmless, and the next run uses it again.
        try? FileManager.default.removeItem(atPath: path)
    }
}
