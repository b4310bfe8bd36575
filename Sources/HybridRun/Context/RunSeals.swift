internal import HybridBase
package import HybridRecords
package import HybridSystem

extension Host {
    /// What seals state: the key of the user whose environment this is.
    package var sealer: Sealer { Sealer(environment: environment) }
}

extension RunPaths {
    /// What seals this repository's ledger.
    package func seals(_ sealer: Sealer) -> LedgerSeals {
        LedgerSeals(sealer, repository: Files.real(common) ?? common)
    }

    /// Opens the ledger; what it says is held against its seals.
    func openLedger(_ sealer: Sealer) throws -> Ledger { try Ledger(path: ledger, seals: seals(sealer)) }
}

extension RunStore {
    /// Throws where nobody knows whether what is kept of a run is what hybrid wrote.
    func refuseUnsealed(_ run: RunRecord) throws {
        guard try !book.isSealed(run.id) else { return }
        throw HybridError(
            .sealBroken, "run \(run.id)",
            "it is not sealed: a hybrid began it that sealed nothing, so nobody knows who wrote its plan",
            next: "see what it says, and say whether to go on: hybrid trust \(run.id)")
    }
}
