import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct WatcherTests {
    enum Kind: CaseIterable {
        case system, polling
        #if os(Linux)
            case overflowing
        #endif
    }

    private func make(_ kind: Kind) throws -> any ChangeWatcher {
        switch kind {
        case .system: return makeChangeWatcher()
        case .polling: return PollingWatcher(shortest: 20)
        #if os(Linux)
            case .overflowing: return try #require(InotifyWatcher(limit: 1))
        #endif
        }
    }

    /// Waits until a root's path or the folder above it is named; the deadline is far away.
    private func waits(_ watcher: any ChangeWatcher, for path: String) throws -> Bool {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        let end = Date() + 60
        while Date() < end {
            let news = try watcher.wait(milliseconds: 1000, stop: -1)
            if news.changes.contains(where: { $0.root == 7 && [path, folder].contains($0.path.text) }) {
                return true
            }
        }
        return false
    }

    @Test(arguments: Kind.allCases)
    func `tells of files that come, change and go`(_ kind: Kind) throws {
        let sandbox = try Sandbox()
        try sandbox.write("1\n", to: "w/d/a")
        try sandbox.write("1\n", to: "w/b")
        let watcher = try make(kind)
        for path in ["", "d"] {
            watcher.add(WatchedFolder(root: 7, at: sandbox.root + "/w", path: RepoPath(path)))
        }
        #expect(try watcher.wait(milliseconds: 30, stop: -1).isEmpty)
        try sandbox.write("22\n", to: "w/d/a")
        #expect(try waits(watcher, for: "d/a"))
        try sandbox.write("1\n", to: "w/d/new")
        #expect(try waits(watcher, for: "d/new"))
        try FileManager.default.removeItem(atPath: sandbox.root + "/w/b")
        #expect(try waits(watcher, for: "b"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: sandbox.root + "/w/d/a")
        #expect(try waits(watcher, for: "d/a"))
    }

    @Test(arguments: Kind.allCases)
    func `ends when it is told to and hears no more of what was removed`(_ kind: Kind) throws {
        let sandbox = try Sandbox()
        try sandbox.write("1\n", to: "w/d/a")
        let watcher = try make(kind)
        for path in ["", "d"] {
            watcher.add(WatchedFolder(root: 7, at: sandbox.root + "/w", path: RepoPath(path)))
        }
        watcher.remove(root: 7, below: RepoPath("d"))
        try sandbox.write("22\n", to: "w/d/a")
        try sandbox.write("1\n", to: "w/b")
        #expect(try waits(watcher, for: "b"))
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data([0]))
        var news = WatchNews()
        while !news.stopped {
            news = try watcher.wait(milliseconds: nil, stop: pipe.fileHandleForReading.fileDescriptor)
            #expect(!news.changes.contains { $0.path.text.hasPrefix("d/") })
        }
    }

    #if os(Linux)
        @Test func `says how many folders are beyond its limit`() throws {
            let sandbox = try Sandbox()
            try sandbox.write("1\n", to: "w/d/a")
            let watcher = try #require(InotifyWatcher(limit: 1))
            for path in ["", "d", "gone"] {
                watcher.add(WatchedFolder(root: 0, at: sandbox.root + "/w", path: RepoPath(path)))
            }
            #expect(watcher.polled == 2)
        }

        @Test func `goes on after more events than the kernel keeps`() throws {
            let kept = FileManager.default.contents(atPath: "/proc/sys/fs/inotify/max_queued_events")
            let limit = Int(String(decoding: kept ?? Data(), as: UTF8.self).filter(\.isNumber)) ?? 0
            // A system that keeps more would need too many files.
            guard (1...20_000).contains(limit) else { return }
            let sandbox = try Sandbox()
            try sandbox.write("1\n", to: "w/d/a")
            let watcher = try #require(InotifyWatcher())
            for path in ["", "d"] {
                watcher.add(WatchedFolder(root: 7, at: sandbox.root + "/w", path: RepoPath(path)))
            }
            // Equal events in a row count once: names take turns.
            let script = "i=0; while [ $i -lt \(limit) ]; do : > $i; i=$((i+1)); done"
            #expect(try sandbox.run("sh", "-c", script, in: "w/d").code == 0)
            #expect(try watcher.wait(milliseconds: 60_000, stop: -1).lost)
            try sandbox.write("22\n", to: "w/d/a")
            #expect(try waits(watcher, for: "d/a"))
        }
    #endif
}
