internal import HybridBase
internal import HybridGuard
internal import HybridPlan
internal import HybridReport

/// The published JSON Schemas (2020-12), each of one description that also gives what is printed.
public enum Schemas {
    private static let all: [any Published.Type] = [
        Plan.self, CheckAnswer.self, EstimateReport.self, RunStatus.self, ConflictAnswer.self, RunReport.self,
        Metrics.self, Adoption.self, GuardAnswer.self, HooksAnswer.self, ClaimAnswer.self, Cleaned.self,
        DoctorReport.self, RunList.self, ResolveAnswer.self, ReadyProposal.self, TrustReport.self,
        AgentsReport.self, VersionAnswer.self, LogsAnswer.self, ErrorAnswer.self,
    ]

    /// The names that `text(of:)` knows.
    public static var names: [String] { all.map { $0.schemaName } }

    /// A line for each schema: its name, and what prints or reads what it describes.
    public static func list() -> String {
        let width = names.map(\.count).max() ?? 0
        return all.map { one in
            one.schemaName + String(repeating: " ", count: width + 2 - one.schemaName.count) + one.schemaUse
        }.joined(separator: "\n")
    }

    /// A schema as JSON text; nil for an unknown name.
    public static func text(of name: String) -> String? {
        all.first { $0.schemaName == name }.map { $0.schema.file(name).text() + "\n" }
    }
}
