package import HybridBase
internal import HybridMerging

extension Schemas {
    /// `guard --json`.
    package static var guardAnswer: [(String, JSONValue)] {
        let decisions = GuardAnswer.Decision.allCases.map(\.rawValue)
        return object(
            [
                ("schema", integer), ("decision", .object([("enum", .strings(decisions))])),
                (
                    "worker",
                    .object(
                        [("type", .strings(["object", "null"]))]
                            + object([("run", string), ("job", string), ("name", string)]).dropFirst())
                ),
                (
                    "paths",
                    list(
                        .object(
                            object(
                                [
                                    ("path", string), ("allowed", boolean), ("reason", maybeString),
                                    ("holder", maybeString), ("nearest_claim", maybeString),
                                    ("next", maybeString),
                                ], required: ["path", "allowed"])))
                ),
            ], required: ["schema", "decision", "worker", "paths"])
    }

    /// `hooks show --json`.
    package static var hooks: [(String, JSONValue)] {
        let states = HookInstallation.State.allCases.map(\.rawValue)
        return object(
            [
                ("schema", integer), ("folder", string),
                (
                    "hooks",
                    list(
                        .object(
                            object(
                                [
                                    ("hook", string), ("path", string),
                                    ("state", .object([("enum", .strings(states))])), ("line", string),
                                ], required: ["hook", "path", "state"])))
                ),
            ], required: ["schema", "folder", "hooks"])
    }

    /// `claim add --json`.
    package static var claim: [(String, JSONValue)] {
        object(
            [
                ("schema", integer), ("granted", boolean), ("held_already", boolean), ("run", string),
                ("job", string), ("path", string), ("kind", string), ("holder", maybeString),
                ("claim", maybeString), ("witness", maybeString), ("reason", maybeString),
            ], required: ["schema", "granted", "run", "job", "path", "kind", "holder"])
    }
}
