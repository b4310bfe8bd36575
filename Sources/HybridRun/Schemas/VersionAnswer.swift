package import HybridBase
internal import HybridGit
internal import HybridRecords

/// Which hybrid this is, and what it stands on.
package struct VersionAnswer: Answer {
    private let version: String

    /// The answer of a program of this version.
    package init(_ version: String) { self.version = version }

    package static let schemaName = "version"
    package static let schemaUse = "version: which hybrid this is, and what it stands on"
    package static let jsonFields: [Field<VersionAnswer>] = [
        Field("version", "The program's version.", \.version),
        Field("libgit2", "The version of libgit2 that it was built with.") { _ in LibraryVersion.libgit2 },
        Field("ledger", "The form of the record of runs that it writes; it reads older ones.") { _ in
            Ledger.version
        },
    ]

    /// A line for each.
    package func text() -> String {
        "hybrid \(version)\nbuilt with libgit2 \(LibraryVersion.libgit2)\nwrites records of form \(Ledger.version)"
    }
}
