package import HybridBase
internal import HybridGit
internal import HybridMerging
internal import Yams

extension Plan {
    /// The plan as JSON; reading it back gives the same model.
    public func json() throws -> String { value.text() + "\n" }

    /// The plan as YAML; reading it back gives the same model.
    public func yaml() throws -> String {
        try Yams.serialize(node: Plan.node(value), width: -1, allowUnicode: true, sortKeys: false)
    }

    /// The plan as a value, in the order of the published schema.
    package var value: JSONValue {
        var out: [(String, JSONValue)] = [("task", taskValue)]
        let side = orchestratorValue
        if !side.isEmpty { out.append(("orchestrator", .object(side))) }
        out.append(("jobs", .array(jobs.map(Plan.value))))
        if !verify.isEmpty { out.append(("verify", .array(verify.map(Plan.value)))) }
        if let target { out.append(("target", .string(target))) }
        if !exports.isEmpty { out.append(("exports", .array(exports.map(Plan.value)))) }
        if let buildState { out.append(("buildstate", .string(buildState))) }
        if landTheRest { out.append(("land_the_rest", .bool(true))) }
        if audit != .refuse { out.append(("audit", .string(audit.rawValue))) }
        if redBase != .stop { out.append(("red_base", .string(redBase.rawValue))) }
        if beside != .report { out.append(("beside", .string(beside.rawValue))) }
        if verifyAlone { out.append(("verify_alone", .bool(true))) }
        if let verifyBudget { out.append(("verify_budget", .int(verifyBudget))) }
        if !hot.isEmpty { out.append(("hot", .array(hot.map(\.value)))) }
        return .object(out)
    }

    private var taskValue: JSONValue {
        var out: [(String, JSONValue)] = [("name", .string(task.name))]
        if let complexity = task.complexity { out.append(("complexity", .string(complexity.rawValue))) }
        if let estimate = task.sequentialEstimate {
            out.append(("sequential_estimate", .string(estimate.text)))
        }
        if let flag = task.parallelizable { out.append(("parallelizable", .bool(flag))) }
        if !task.components.isEmpty {
            out.append(
                (
                    "components",
                    .array(
                        task.components.map { component in
                            var pairs: [(String, JSONValue)] = [("name", .string(component.name))]
                            if let flag = component.independent { pairs.append(("independent", .bool(flag))) }
                            return .object(pairs)
                        })
                ))
        }
        return .object(out)
    }

    private var orchestratorValue: [(String, JSONValue)] {
        var out: [(String, JSONValue)] = []
        if !orchestrator.files.isEmpty { out.append(("files", .array(orchestrator.files.map(Plan.value)))) }
        if !orchestrator.responsibilities.isEmpty {
            out.append(("responsibilities", .strings(orchestrator.responsibilities)))
        }
        if let estimate = orchestrator.estimate { out.append(("estimate", .string(estimate.text))) }
        if let command = orchestrator.prepare { out.append(("prepare", Plan.value(command))) }
        if let command = orchestrator.integrate { out.append(("integrate", Plan.value(command))) }
        return out
    }

    private static func value(_ job: Job) -> JSONValue {
        var out: [(String, JSONValue)] = [
            ("name", .string(job.name)), ("id", .string(job.id)), ("files", .array(job.files.map(value))),
        ]
        if !job.dependencies.isEmpty { out.append(("dependencies", .array(job.dependencies.map(value)))) }
        if let estimate = job.estimate { out.append(("estimate", .string(estimate.text))) }
        if let command = job.command { out.append(("command", value(command))) }
        if !job.verify.isEmpty { out.append(("verify", .array(job.verify.map(value)))) }
        if !job.needs.isEmpty { out.append(("needs", .strings(job.needs))) }
        if job.retries > 0 { out.append(("retries", .int(job.retries))) }
        if let seconds = job.timeoutSeconds { out.append(("timeout", .string("\(seconds) seconds"))) }
        if let wave = job.wave { out.append(("wave", .int(wave))) }
        if job.mayChangeNothing { out.append(("may_change_nothing", .bool(true))) }
        return .object(out)
    }

    private static func value(_ claim: Claim) -> JSONValue {
        var pairs: [(String, JSONValue)] = [("path", .string(claim.path))]
        if claim.kind != .write, claim.kind != .read { pairs.append(("kind", .string(claim.kind.rawValue))) }
        // Apart from the path, so that it stays a section where any text may be a file's name.
        if let part = claim.sectionText { pairs.append(("section", .string(part))) }
        if claim.isExcluded { pairs.append(("exclude", .bool(true))) }
        return pairs.count == 1 ? .string(claim.path) : .object(pairs)
    }

    private static func value(_ command: Command) -> JSONValue {
        switch command {
        case .shell(let text): .string(text)
        case .argv(let words): .strings(words)
        }
    }

    private static func value(_ list: ExportList) -> JSONValue {
        var out: [(String, JSONValue)] = [("file", .string(list.file))]
        if let form = list.form { out.append(("form", .string(form.rawValue))) }
        if let from = list.from { out.append(("from", .string(from))) }
        if let template = list.template { out.append(("template", .string(template))) }
        if let begin = list.begin { out.append(("begin", .string(begin))) }
        if let end = list.end { out.append(("end", .string(end))) }
        return .object(out)
    }

    private static func node(_ value: JSONValue) -> Node {
        switch value {
        case .object(let pairs):
            Node.mapping(.init(pairs.map { (Node.scalar(.init($0.0)), node($0.1)) }))
        case .array(let items): Node.sequence(.init(items.map(node)))
        // Quoted, so that no reader takes a text for a number, a date or a truth value.
        case .string(let text): Node.scalar(.init(text, Tag(.str), .doubleQuoted))
        case .int(let number): Node.scalar(.init(String(number)))
        case .double(let number): Node.scalar(.init("\(number)"))
        case .bool(let flag): Node.scalar(.init(flag ? "true" : "false"))
        case .null: Node.scalar(.init("null"))
        }
    }
}
