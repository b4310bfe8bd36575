internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Copies of the files that git obeys, kept in a run's folder, so that a change of them can be undone.
struct SharedCopies: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The largest file that is copied, in bytes.
    private static let largestCopy = 16 << 20

    private func copyPath(_ run: RunRecord) -> @Sendable (String) -> String {
        let folder = paths.file(run.id, .copies) + "/"
        return { folder + $0.replacing(" ", with: "-") }
    }

    /// Keeps what a state's marks stand for; a file that is kept already is not written again.
    func keepCopies(_ state: SharedState, _ run: RunRecord) throws {
        for (path, mark) in state.withUser.files.sorted(by: { $0.key < $1.key }) {
            let copy = copyPath(run)(mark)
            if Files.exists(copy) { continue }
            guard let bytes = try FileMark.content(path, atMost: Self.largestCopy),
                // Somebody may have written to it since.
                try mark.hasSuffix(FileMark.hash(of: bytes))
            else { continue }
            try Files.makeFolder(paths.file(run.id, .copies))
            _ = try DurableFile.put(bytes, to: copy, mode: 0o600, synced: false, replacing: true)
        }
    }

    /// Gives the copy of what a mark stands for; nil where none was kept.
    func copies(_ run: RunRecord) -> @Sendable (String) -> String? {
        let path = copyPath(run)
        return { mark in
            let path = path(mark)
            // Somebody may have put another file there, and it would be put back as a hook.
            guard let bytes = Files.read(path), let hash = try? FileMark.hash(of: bytes), mark.hasSuffix(hash)
            else { return nil }
            return path
        }
    }
}
