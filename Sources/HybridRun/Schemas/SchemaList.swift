public import HybridBase
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport

/// The published JSON Schemas (2020-12), by the names of the answers.
extension Schemas {
    /// The names that `text(of:)` knows.
    public static let names = [
        "plan", "check", "estimate", "status", "conflicts", "report", "metrics", "guard", "hooks", "claim",
        "clean", "doctor", "runs",
    ]

    /// A schema as JSON text; nil for an unknown name.
    public static func text(of name: String) -> String? {
        let body: [(String, JSONValue)]? =
            switch name {
            case "plan": plan
            case "check":
                object(
                    [
                        ("schema", integer), ("decision", decision),
                        (
                            "checklist",
                            .object(
                                object(checkItems.map { ($0, boolean) }))
                        ),
                        (
                            "evidence",
                            .object(
                                object(
                                    checkItems.map {
                                        ($0, .object(object([("for", strings), ("against", strings)])))
                                    }))
                        ),
                        ("overlaps", list(.object(overlap))), ("unlikely", list(.object(overlap))),
                        ("waves", list(strings)), ("may_run", boolean),
                        (
                            "preflight",
                            list(
                                .object(
                                    object(
                                        [
                                            ("id", string), ("text", string), ("next", maybeString),
                                            ("refused_by", strings),
                                        ], required: ["id", "text", "refused_by"])))
                        ), ("warnings", strings),
                        ("repairs", strings), ("proposals", list(.object(proposal))),
                        (
                            "hot",
                            list(
                                .object(
                                    object(
                                        [
                                            ("path", string), ("reason", string), ("jobs", strings),
                                            ("policy", maybeString),
                                        ], required: ["path", "reason", "jobs", "policy"])))
                        ),
                        (
                            "wrong_trees",
                            list(
                                .object(
                                    object(
                                        [
                                            ("command", maybeString), ("job", maybeString), ("word", string),
                                            ("path", string), ("checkout", string),
                                        ], required: ["command", "job", "word", "path", "checkout"])))
                        ),
                    ], required: ["schema", "decision", "checklist", "overlaps", "waves"])
            case "estimate": estimate
            case "status":
                object(
                    common + [
                        ("wave", integer), ("waves", list(strings)),
                        (
                            "workers",
                            list(
                                worker(and: [
                                    ("commits", integer), ("uncommitted", integer), ("has_worktree", boolean),
                                    ("environment_file", maybeString), ("last_line", string),
                                    ("elapsed", maybeNumber),
                                ]))
                        ), ("findings", list(finding)),
                        (
                            "pending_conflicts",
                            .object([
                                ("type", .strings(["array", "null"])),
                                ("items", .object(pair("paths", strings))),
                            ])
                        ),
                    ],
                    required: ["schema", "run", "state", "workers"])
            case "conflicts":
                object(
                    [
                        ("schema", integer),
                        (
                            "branches",
                            list(
                                .object(
                                    object(
                                        [
                                            ("name", string), ("tip", string), ("base", maybeString),
                                            ("uncommitted", integer),
                                            (
                                                "unchecked",
                                                list(
                                                    .object(
                                                        object(
                                                            [("path", maybeString), ("reason", string)],
                                                            required: ["path", "reason"])))
                                            ),
                                        ], required: ["name", "tip", "base"])))
                        ), ("pairs", list(.object(pair("paths", list(conflict))))),
                        ("touching", list(.object(pair("paths", strings)))), ("waves", list(strings)),
                        (
                            "by_policy",
                            list(
                                .object(
                                    object(
                                        [("path", string), ("policy", string), ("branches", strings)],
                                        required: ["path", "policy", "branches"])))
                        ),
                    ], required: ["schema", "branches", "pairs"])
            case "report":
                object(
                    common + [
                        ("target_before", string), ("landed", maybeString),
                        ("commits", .object([("enum", .strings(CommitForm.allCases.map(\.rawValue)))])),
                        ("verification", maybeString),
                        (
                            "base",
                            .object(
                                [("type", .strings(["object", "null"]))]
                                    + object([
                                        ("commit", string), ("passed", boolean), ("accepted", boolean),
                                        ("failing", strings),
                                    ]).dropFirst())
                        ),
                        ("workers", list(worker())), ("findings", list(finding)),
                        (
                            "checklist",
                            list(
                                .object(
                                    object(
                                        [
                                            ("id", string), ("text", string), ("answer", maybeBoolean),
                                            ("evidence", string),
                                        ], required: ["id", "text", "answer", "evidence"])))
                        ),
                        (
                            "stages",
                            list(
                                .object(
                                    object(
                                        [("stage", string), ("wave", maybeInteger), ("seconds", number)],
                                        required: ["stage", "wave", "seconds"])))
                        ),
                        ("measures", .object(measures)),
                    ], required: ["schema", "run", "state", "workers", "measures"])
            case "metrics":
                object(
                    [
                        ("schema", integer), ("speedup", maybeNumber), ("integration_overhead", maybeNumber),
                        ("clean_integrations", maybeNumber),
                        (
                            "states",
                            .object([("type", .string("object")), ("additionalProperties", integer)])
                        ),
                        (
                            "runs",
                            list(
                                .object(
                                    object([
                                        ("run", string), ("task", string), ("state", string),
                                        ("measures", .object(measures)),
                                    ])))
                        ),
                    ], required: ["schema", "runs"])
            case "guard": guardAnswer
            case "hooks": hooks
            case "claim": claim
            case "clean": clean
            case "doctor": doctor
            case "runs":
                object(
                    [
                        ("schema", integer),
                        (
                            "runs",
                            list(
                                .object(
                                    object(
                                        [
                                            ("run", string), ("task", string), ("state", string),
                                            ("target", string), ("landed", maybeString),
                                        ], required: ["run", "task", "state", "target", "landed"])))
                        ),
                    ], required: ["schema", "runs"])
            default: nil
            }
        return body.map {
            JSONValue.object(
                [
                    ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                    ("title", .string(name)),
                ] + $0
            )
            .text() + "\n"
        }
    }

    private static let measures: [(String, JSONValue)] = object([
        ("sequential_seconds", maybeNumber), ("sequential_source", maybeString),
        ("workers_seconds", maybeNumber), ("critical_path_seconds", maybeNumber), ("wall_seconds", number),
        ("verify_commands_seconds", number), ("integration_seconds", number),
        ("integration_overhead", number), ("speedup", maybeNumber), ("worker_success", number),
        ("clean", boolean),
        (
            "targets",
            .object(
                object([
                    ("speedup_above", number), ("integration_overhead_below", number),
                    ("success_above", number),
                ]))
        ),
        ("measured_sequential_seconds", maybeNumber), ("same_work_seconds", maybeNumber),
        ("orchestrator_seconds", number), ("checks_seconds", number), ("estimated_seconds", maybeNumber),
        ("estimated_speedup", maybeNumber), ("jobs", integer), ("jobs_landed", integer),
        ("breaching", integer), ("waiting_seconds", number),
        ("waiting", list(.object(object([("state", string), ("seconds", number)])))),
    ])

    /// What `check` says of the estimate; jobs that wait for each other in a circle have none.
    private static let decision = JSONValue.object([
        (
            "oneOf",
            .array([
                .object(estimate),
                .object(object([("worth_it", .object([("type", .string("null"))]))], required: ["worth_it"])),
            ])
        )
    ])

    private static let estimate: [(String, JSONValue)] =
        object(
            [
                ("schema", integer), ("worth_it", boolean),
                (
                    "rules",
                    list(
                        .object(
                            object([
                                ("id", string), ("text", string), ("figure", string),
                                ("passed", boolean),
                            ])))
                ), ("sequential_seconds", integer), ("orchestrator_seconds", integer),
                ("makespan_seconds", integer), ("hybrid_seconds", integer), ("speedup", maybeNumber),
                ("score", number), ("assumptions", strings), ("warnings", strings),
            ], required: ["schema", "worth_it", "rules", "hybrid_seconds", "speedup"])

    private static let checkItems = [
        "no_file_overlaps", "clear_interfaces", "dependencies_documented", "integration_path_clear",
    ]

    private static let common: [(String, JSONValue)] = [
        ("schema", integer), ("run", string), ("task", string), ("state", string), ("detail", string),
        ("target", string), ("hold", maybeString), ("next", maybeString),
        (
            "problem",
            .object(
                [("type", .strings(["object", "null"]))]
                    + object([("thing", string), ("reason", string), ("next", maybeString)]).dropFirst())
        ),
    ]

    private static func pair(_ key: String, _ what: JSONValue) -> [(String, JSONValue)] {
        object([("ours", string), ("theirs", string), (key, what)], required: ["ours", "theirs", key])
    }

    private static let span = JSONValue.object(
        object([("start", integer), ("lines", strings)], required: ["start", "lines"]))

    private static let conflict = JSONValue.object(
        object(
            [
                ("path", string), ("types", strings), ("ours_did", string), ("theirs_did", string),
                ("base_path", string), ("ours_path", string), ("theirs_path", string),
                ("claimed_by", strings), ("ours_allowed", boolean), ("theirs_allowed", boolean),
                ("cause", maybeString),
                (
                    "hunks",
                    list(
                        .object(
                            object(
                                [("base", span), ("ours", span), ("theirs", span)],
                                required: ["base", "ours", "theirs"])))
                ),
            ], required: ["path", "types", "ours_did", "theirs_did"]))

    /// Two jobs that meet.
    private static let overlap = object([
        ("jobs", strings), ("path", string), ("kind", string), ("claims", strings), ("undecided", boolean),
        ("more", integer), ("at_base", boolean), ("reason", maybeString),
    ])

    /// A change of the plan that mends an overlap.
    private static let proposal = object(
        [
            ("kind", .object([("enum", .strings(["waves", "section", "narrow", "orchestrator"]))])),
            ("text", string), ("jobs", strings), ("path", string),
            (
                "claims",
                list(.object(object([("job", string), ("files", strings)], required: ["job", "files"])))
            ),
            ("waves", list(strings)), ("sections", strings),
        ], required: ["kind", "text", "jobs", "path"])

    private static func worker(and more: [(String, JSONValue)] = []) -> JSONValue {
        .object(
            object(
                [
                    ("job", string), ("name", string), ("state", string), ("detail", string),
                    ("wave", integer),
                    ("branch", string), ("worktree", string), ("base", maybeString), ("tip", maybeString),
                    ("attempt", integer), ("exit_code", .object([("type", .strings(["integer", "null"]))])),
                    ("seconds", maybeNumber),
                ] + more, required: ["job", "name", "state"]))
    }

    private static let finding = JSONValue.object(
        object(
            [
                ("kind", string), ("jobs", strings), ("path", string), ("message", string),
                ("worktree", maybeString), ("changed_at", maybeString),
                ("accepted", boolean), ("types", strings), ("sets", list(strings)), ("out", strings),
                ("undo", maybeString), ("beside", beside), ("cause", maybeString),
                (
                    "tests",
                    list(
                        .object(
                            object(
                                [
                                    ("name", string),
                                    (
                                        "standing",
                                        .object([
                                            (
                                                "enum",
                                                .strings(NamedTest.Standing.allCases.map(\.rawValue))
                                            )
                                        ])
                                    ),
                                ], required: ["name", "standing"])))
                ),
                (
                    "hunks",
                    list(
                        .object(
                            object(
                                [
                                    ("ours_start", integer), ("ours", strings), ("theirs_start", integer),
                                    ("theirs", strings),
                                ], required: ["ours_start", "ours", "theirs_start", "theirs"])))
                ),
            ], required: ["kind", "jobs", "message"]))

    private static var plan: [(String, JSONValue)] {
        let command = JSONValue.object([("oneOf", .array([string, strings]))])
        let commands = JSONValue.object([("oneOf", .array([string, list(command)]))])
        let claim = JSONValue.object([
            (
                "oneOf",
                .array([
                    string,
                    .object(
                        object(
                            [
                                ("path", string),
                                (
                                    "kind",
                                    .object([("enum", .strings(["create", "edit", "delete", "write"]))])
                                ), ("section", string), ("exclude", boolean),
                            ],
                            required: ["path"])),
                ])
            )
        ])
        let files = JSONValue.object([("oneOf", .array([string, list(claim)]))])
        let texts = JSONValue.object([("oneOf", .array([string, strings]))])
        let task = object(
            [
                ("name", string),
                ("complexity", .object([("enum", .strings(["small", "medium", "large"]))])),
                ("sequential_estimate", string), ("parallelizable", boolean),
                (
                    "components",
                    list(
                        .object(
                            object(
                                [("name", string), ("independent", boolean)], required: ["name"])))
                ),
            ], required: ["name"])
        let job = object(
            [
                ("name", string), ("id", string), ("files", files), ("dependencies", files),
                ("estimate", string),
                ("command", command), ("verify", commands), ("needs", texts), ("retries", integer),
                ("timeout", string), ("wave", integer), ("may_change_nothing", boolean),
            ], required: ["name", "files"])
        let side = object(
            [
                ("files", files), ("responsibilities", texts), ("estimate", string), ("prepare", command),
                ("integrate", command),
            ])
        let export = object(
            [
                ("file", string),
                ("form", .object([("enum", .strings(ExportList.Form.allCases.map(\.rawValue)))])),
                ("from", string),
                ("template", string), ("begin", string), ("end", string),
            ], required: ["file"])
        let hot = object(
            [
                ("path", string), ("policy", .object([("enum", .strings(HotFile.Policy.words))])),
                ("job", string), ("command", command),
            ], required: ["path", "policy"])
        return object(
            [
                ("task", .object(task)), ("orchestrator", .object(side)), ("jobs", list(.object(job))),
                ("verify", commands), ("target", string), ("exports", list(.object(export))),
                ("buildstate", string),
                ("land_the_rest", boolean),
                ("audit", .object([("enum", .strings(AuditPolicy.allCases.map(\.rawValue)))])),
                ("hot", list(.object(hot))),
                ("red_base", .object([("enum", .strings(RedBasePolicy.allCases.map(\.rawValue)))])),
                ("beside", .object([("enum", .strings(BesidePolicy.allCases.map(\.rawValue)))])),
                ("verify_alone", boolean), ("verify_budget", integer),
            ], required: ["task", "jobs"])
    }
}
