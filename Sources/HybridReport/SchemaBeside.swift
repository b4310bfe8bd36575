package import HybridBase
internal import HybridMerging
internal import HybridRecords

extension Schemas {
    /// Work beside a branch, in a finding.
    package static var beside: JSONValue {
        let kinds = BesideRecord.What.allCases.map(\.rawValue)
        return .object(
            [("type", .strings(["object", "null"]))]
                + object(
                    [
                        ("what", .object([("enum", .strings(kinds))])), ("id", string), ("name", string),
                        ("kept_at", string),
                    ], required: ["what", "id", "name", "kept_at"]
                ).dropFirst())
    }
}
