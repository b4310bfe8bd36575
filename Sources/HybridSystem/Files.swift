internal import CPlatform
package import HybridBase

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

/// Small questions to the file system.
package enum Files {
    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// How long ago a file was written, in seconds, for display; 0 where it is not there.
    package static func age(_ path: String) -> Double {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: path),
            let written = facts[.modificationDate] as? Date
        else { return 0 }
        return max(0, Date().timeIntervalSince(written))
    }

    /// When a path's entry last changed in any way, links not followed, in nanoseconds since 1970; nil: not there.
    package static func changed(_ path: String) -> Int64? {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else { return nil }
        #if canImport(Darwin)
            let time = found.st_ctimespec
        #else
            let time = found.st_ctim
        #endif
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    package static func makeFolder(_ path: String) throws(HybridError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw HybridError(
                .notWritable, path, "the folder cannot be made", next: "check its permissions and free space")
        }
    }

    /// The path without links; nil where it leads nowhere.
    package static func real(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// An absolute path without links and dots, also where its end is not there yet.
    package static func withoutLinks(_ path: String) -> String {
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

    package static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    /// Whether a path itself, links not followed, is a folder.
    package static func isRealFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

    /// Whether anything lies at a path itself, be it a link that leads nowhere.
    package static func isThere(_ path: String) -> Bool { kind(path) != nil }

    /// Whether a path itself is a symbolic link.
    package static func isLink(_ path: String) -> Bool { kind(path) == S_IFLNK }

    private static func kind(_ path: String) -> mode_t? {
        var found = stat()
        return unsafe lstat(path, &found) == 0 ? found.st_mode & S_IFMT : nil
    }

    /// The names in a folder; none where it cannot be read.
    package static func names(in path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    /// The names in a folder.
    ///
    /// Throws where it cannot be read, or what is in it cannot be reached.
    package static func listed(_ path: String) throws(SystemError) -> [String] {
        guard unsafe access(path, R_OK | X_OK) == 0 else { throw SystemError() }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            if !isThere(path) { throw SystemError(ENOENT, reason: "it has gone") }
            throw SystemError(EIO, reason: "it cannot be listed")
        }
    }

    /// The paths of all that lies below a folder, from it; none where it cannot be read.
    package static func namesBelow(_ path: String) -> [String] {
        (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    }

    /// A file's content; nil where there is none that can be read, and for what is no regular file.
    package static func read(_ path: String) -> [UInt8]? {
        try? Descriptor(opening: path, O_RDONLY).readAll()
    }

    /// What a file that grows has got behind an offset, which moves on; nil where there is nothing new.
    ///
    /// At most 64 KiB at once. Where the file was cut, what comes behind its new end is new.
    package static func part(of path: String, from offset: inout Int) -> [UInt8]? {
        do {
            let file = try Descriptor(opening: path, O_RDONLY)
            offset = min(offset, try file.size())
            let found = try file.read(64 << 10, at: offset)
            offset += found.count
            return found.isEmpty ? nil : found
        } catch {
            // It begins when its command does.
            return nil
        }
    }

    /// Removes a file that may be gone already.
    package static func remove(_ path: String) throws(HybridError) {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw HybridError(.notWritable, path, "it cannot be removed", next: "check its permissions")
        }
    }

    /// Removes a folder that must be empty; one that is not stays.
    package static func removeEmptyFolder(_ path: String) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path), names.isEmpty else {
            return
        }
        // A folder that cannot go is harmless, and the next run uses it again.
        try? FileManager.default.removeItem(atPath: path)
    }
}
