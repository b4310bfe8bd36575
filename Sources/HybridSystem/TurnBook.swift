package import HybridBase

/// How far each run of a repository has come, in the user's own folder: an older state of one that is put back is seen.
///
/// It is not waited for that it is on the disk: after a power cut it may know less, and then less is seen.
package struct TurnBook {
    private let folder: String

    /// How far a run has come.
    package struct Entry: Equatable {
        /// The number of the ledger's last change of it.
        package var turn: Int
        /// The revision of its record.
        package var revision: Int

        package init(turn: Int, revision: Int) {
            self.turn = turn
            self.revision = revision
        }
    }

    package init(_ sealer: Sealer, repository: String) {
        folder = sealer.folder + "/turns/" + SHA256.hash(Array(repository.utf8)).hexText.prefix(16)
    }

    private func path(_ run: String) -> String { folder + "/" + run }

    /// What is known of a run; nil where nothing is.
    package func last(_ run: String) throws(HybridError) -> Entry? {
        guard let bytes = try DurableFile.read(path(run)) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        // One that is cut short knows nothing.
        return words.count == 2 ? Entry(turn: words[0], revision: words[1]) : nil
    }

    /// Notes how far a run has come; what is known of it never goes back.
    package func note(_ run: String, _ entry: Entry) throws {
        let before = try last(run)
        let (turn, revision) = (
            max(entry.turn, before?.turn ?? 0), max(entry.revision, before?.revision ?? 0)
        )
        if before == Entry(turn: turn, revision: revision) { return }
        if before == nil { try Files.makeFolder(folder) }
        try DurableFile.put(
            Array("\(turn) \(revision)".utf8), to: path(run), mode: 0o600, synced: false, replacing: true)
    }

    /// Forgets a run.
    package func forget(_ run: String) throws {
        try DurableFile.remove(path(run))
        Files.removeEmptyFolder(folder)
    }
}
