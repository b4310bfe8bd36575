package import HybridBase
internal import HybridMerging

/// What a command prints with `--json` instead of its answer when it could not be done.
package struct ErrorAnswer: Answer {
    private let errors: [HybridError]

    /// Tells an error; of several things that it stands for the first one gives the code.
    package init(_ error: any Error) {
        errors = HybridError.told(error, about: "hybrid")
    }

    package static let schemaName = "error"
    package static let schemaUse = "any command with --json, instead of its answer: why it could not be done"
    package static let jsonFields: [Field<ErrorAnswer>] =
        HybridError.jsonFields.map { $0.of { $0.errors[0] } } + [
            .ifAny("more", "Further errors, where there are several.") {
                $0.errors.count > 1 ? Array($0.errors.dropFirst()) : nil
            }
        ]
}

extension HybridError: DescribedObject {
    package static let jsonFields: [Field<HybridError>] = [
        Field("code", "The kind of error, in a stable word; failed where it is of none.", \.code),
        Field("thing", "What it is about.") { shown($0.thing) },
        Field("reason", "Why it could not be done.") { shown($0.reason) },
        Field("next", "What to type or change next; null where the reason says it.") { $0.next.map(shown) },
    ]

    private static func shown(_ text: String) -> String { neutralise(text, limit: 4000) }
}

extension HybridError.Code: DescribedWord {}
