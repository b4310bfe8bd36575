internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// Makes a plan from YAML or JSON; errors know the line.
struct PlanNodes {
    let file: String
    let draft: PlanDraft

    func parse(_ root: PlanNode?) throws -> Plan {
        guard let root else {
            throw HybridError(
                .planInvalid, file, "the plan is empty", next: "see the template: hybrid plan new")
        }
        let map = try mapping(
            root, "plan",
            [
                "task", "orchestrator", "jobs", "verify", "target", "exports", "buildstate", "land_the_rest",
                "audit", "audit_history", "hot", "red_base", "beside", "verify_alone", "verify_budget",
                "setup", "copy", "ports", "submodules", "agent", "conventions",
            ])
        guard let task = map["task"] else {
            throw place(root, "task").error("it is missing", next: "add a task with a name")
        }
        var plan = Plan(task: try self.task(task))
        if let node = map["orchestrator"] { plan.orchestrator = try orchestrator(node) }
        let jobs = try map["jobs"].map { try list($0, "jobs") } ?? []
        plan.jobs = try jobs.map(job)
        plan.verify = try commands(map["verify"], "verify")
        plan.target = try map["target"].map {
            try draft.name(try scalar($0, "target"), at: place($0, "target"))
        }
        plan.exports = try map["exports"].map { try list($0, "exports").map(export) } ?? []
        plan.buildState = try map["buildstate"].map {
            try draft.path(try scalar($0, "buildstate"), at: place($0, "buildstate"))
        }
        if let node = map["land_the_rest"] {
            plan.landTheRest = try draft.flag(
                try scalar(node, "land_the_rest"), at: place(node, "land_the_rest"))
        }
        if let node = map["audit"] {
            plan.audit = try draft.word(try scalar(node, "audit"), at: place(node, "audit"))
        }
        if let node = map["audit_history"] {
            plan.auditHistory = try draft.word(
                try scalar(node, "audit_history"), at: place(node, "audit_history"))
        }
        if let node = map["red_base"] {
            plan.redBase = try draft.word(try scalar(node, "red_base"), at: place(node, "red_base"))
        }
        if let node = map["beside"] {
            plan.beside = try draft.word(try scalar(node, "beside"), at: place(node, "beside"))
        }
        if let node = map["verify_alone"] {
            plan.verifyAlone = try draft.flag(
                try scalar(node, "verify_alone"), at: place(node, "verify_alone"))
        }
        plan.verifyBudget = try map["verify_budget"].map {
            try draft.budget(try scalar($0, "verify_budget"), at: place($0, "verify_budget"))
        }
        plan.setup = try commands(map["setup"], "setup")
        plan.copy = try map["copy"].map { try ($0.list ?? [$0]).map(brought) } ?? []
        plan.agent = try map["agent"].map { try draft.agent(try scalar($0, "agent"), at: place($0, "agent")) }
        plan.conventions = try map["conventions"].map {
            try draft.text(try scalar($0, "conventions"), at: place($0, "conventions"))
        }
        plan.submodules = try map["submodules"].map {
            try draft.flag(try scalar($0, "submodules"), at: place($0, "submodules"))
        }
        plan.ports = try map["ports"].map {
            try draft.number(try scalar($0, "ports"), in: 1...1000, at: place($0, "ports"))
        }
        let hot = try map["hot"].map { try list($0, "hot") } ?? []
        plan.hot = try hot.map(self.hot)
        plan = try draft.finish(plan, file: file) { place(jobs[$0], $1) }
        try draft.checkHot(plan, hot.map { place($0, "hot") })
        return plan
    }

    private func task(_ node: PlanNode) throws -> PlannedTask {
        let map = try mapping(
            node, "task", ["name", "complexity", "sequential_estimate", "parallelizable", "components"])
        guard let name = map["name"] else { throw place(node, "task.name").error("it is missing") }
        var task = PlannedTask(
            name: try draft.name(try scalar(name, "task.name"), at: place(name, "task.name")))
        task.complexity = try map["complexity"].map {
            try draft.complexity(try scalar($0, "task.complexity"), at: place($0, "task.complexity"))
        }
        task.sequentialEstimate = try estimate(map["sequential_estimate"], "task.sequential_estimate")
        task.parallelizable = try map["parallelizable"].map {
            try draft.flag(try scalar($0, "task.parallelizable"), at: place($0, "task.parallelizable"))
        }
        task.components = try map["components"].map { try list($0, "task.components").map(component) } ?? []
        return task
    }

    private func component(_ node: PlanNode) throws -> Component {
        if node.scalar != nil { return Component(name: try scalar(node, "component")) }
        let map = try mapping(node, "component", ["name", "independent"])
        guard let name = map["name"] else { throw place(node, "component.name").error("it is missing") }
        return Component(
            name: try scalar(name, "component.name"),
            independent: try map["independent"].map {
                try draft.flag(
                    try scalar($0, "component.independent"), at: place($0, "component.independent"))
            })
    }

    private func orchestrator(_ node: PlanNode) throws -> Orchestrator {
        let map = try mapping(
            node, "orchestrator", ["files", "responsibilities", "estimate", "prepare", "integrate"])
        return Orchestrator(
            files: try claims(map["files"], "orchestrator.files", .write),
            responsibilities: try map["responsibilities"].map {
                try strings($0, "orchestrator.responsibilities")
            } ?? [],
            estimate: try estimate(map["estimate"], "orchestrator.estimate"),
            prepare: try map["prepare"].map { try command($0, "orchestrator.prepare") },
            integrate: try map["integrate"].map { try command($0, "orchestrator.integrate") })
    }

    private func job(_ node: PlanNode) throws -> Job {
        let map = try mapping(
            node, "job",
            [
                "name", "id", "files", "dependencies", "estimate", "command", "verify", "needs", "retries",
                "timeout",
                "wave", "may_change_nothing", "setup", "agent", "task",
            ])
        guard let nameNode = map["name"] else { throw place(node, "job.name").error("it is missing") }
        let name = try draft.name(try scalar(nameNode, "job.name"), at: place(nameNode, "job.name"))
        let field = "job \(shortened(name))"
        func number(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
            try map[key].map {
                try draft.number(
                    try scalar($0, "\(field).\(key)"), in: range, at: place($0, "\(field).\(key)"))
            }
        }
        return Job(
            name: name, id: JobID(unchecked: try map["id"].map { try scalar($0, "\(field).id") } ?? ""),
            files: try claims(map["files"], "\(field).files", .write),
            dependencies: try claims(map["dependencies"], "\(field).dependencies", .read),
            needs: try map["needs"].map { try strings($0, "\(field).needs") } ?? [],
            estimate: try estimate(map["estimate"], "\(field).estimate"),
            command: try map["command"].map { try command($0, "\(field).command") },
            verify: try commands(map["verify"], "\(field).verify"),
            retries: try number("retries", 0...20) ?? 0,
            timeoutSeconds: try estimate(map["timeout"], "\(field).timeout")?.seconds,
            wave: try number("wave", 1...1000),
            mayChangeNothing: try map["may_change_nothing"].map {
                let name = "\(field).may_change_nothing"
                return try draft.flag(try scalar($0, name), at: place($0, name))
            } ?? false,
            setup: try commands(map["setup"], "\(field).setup"),
            agent: try map["agent"].map {
                try draft.agent(try scalar($0, "\(field).agent"), at: place($0, "\(field).agent"))
            },
            task: try map["task"].map {
                try draft.text(try scalar($0, "\(field).task"), at: place($0, "\(field).task"))
            })
    }

    private func export(_ node: PlanNode) throws -> ExportList {
        let map = try mapping(node, "exports", ["file", "form", "from", "template", "begin", "end"])
        guard let file = map["file"] else { throw place(node, "exports.file").error("it is missing") }
        return ExportList(
            file: try draft.path(try scalar(file, "exports.file"), at: place(file, "exports.file")),
            form: try map["form"].map {
                try form(try scalar($0, "exports.form"), at: place($0, "exports.form"))
            },
            from: try map["from"].map {
                try draft.path(try scalar($0, "exports.from"), at: place($0, "exports.from"))
            },
            template: try map["template"].map {
                try ExportList.template(
                    try scalar($0, "exports.template"), at: place($0, "exports.template"))
            },
            begin: try map["begin"].map { try scalar($0, "exports.begin") },
            end: try map["end"].map { try scalar($0, "exports.end") })
    }

    private func brought(_ node: PlanNode) throws -> BroughtFiles {
        if node.scalar != nil {
            return try draft.brought(try scalar(node, "copy"), way: nil, at: place(node, "copy"))
        }
        let map = try mapping(node, "copy", ["path", "as"])
        guard let path = map["path"] else { throw place(node, "copy.path").error("it is missing") }
        return try draft.brought(
            try scalar(path, "copy.path"), way: try map["as"].map { try scalar($0, "copy.as") },
            at: place(path, "copy"))
    }

    private func hot(_ node: PlanNode) throws -> HotFile {
        let map = try mapping(node, "hot", ["path", "policy", "job", "command"])
        guard let path = map["path"] else { throw place(node, "hot.path").error("it is missing") }
        guard let policy = map["policy"] else { throw place(node, "hot.policy").error("it is missing") }
        return try draft.hot(
            try scalar(path, "hot.path"), policy: try scalar(policy, "hot.policy"),
            job: try map["job"].map { try scalar($0, "hot.job") },
            command: try map["command"].map { try command($0, "hot.command") }, at: place(policy, "hot"))
    }

    // MARK: Values

    private func claims(_ node: PlanNode?, _ field: String, _ kind: Claim.Kind) throws -> [Claim] {
        guard let node else { return [] }
        guard let items = node.list else { return try claims(of: node, field, kind) }
        var out: [Claim] = []
        out.reserveCapacity(items.count)
        for item in items { out += try claims(of: item, field, kind) }
        return out
    }

    private func claims(of item: PlanNode, _ field: String, _ kind: Claim.Kind) throws -> [Claim] {
        if item.scalar != nil {
            return try draft.claims(try scalar(item, field), kind: kind, at: place(item, field))
        }
        let map = try mapping(item, field, ["path", "kind", "section", "exclude"])
        guard let path = map["path"] else { throw place(item, "\(field).path").error("it is missing") }
        let said = try map["kind"].map {
            try draft.kind(try scalar($0, "\(field).kind"), at: place($0, "\(field).kind"))
        }
        let at = place(path, field)
        let text = try scalar(path, field)
        let part = try map["section"].map { try scalar($0, "\(field).section") }
        let isExcluded = try map["exclude"].map { try draft.flag(try scalar($0, "\(field).exclude"), at: at) }
        if isExcluded == true {
            guard part == nil else { throw at.error("a section cannot be taken away") }
            return [try draft.excluded(text, kind: said ?? kind, at: at)]
        }
        return [try draft.claim(text, part: part, kind: said ?? kind, at: at)]
    }

    private func commands(_ node: PlanNode?, _ field: String) throws -> [Command] {
        guard let node else { return [] }
        return node.scalar != nil
            ? [try command(node, field)] : try list(node, field).map { try command($0, field) }
    }

    private func command(_ node: PlanNode, _ field: String) throws -> Command {
        if node.list != nil {
            let words = try strings(node, field)
            guard let program = words.first, !program.isEmpty else {
                throw place(node, field).error("the command is empty")
            }
            return .argv(words)
        }
        let text = try scalar(node, field)
        guard !text.allSatisfy(\.isWhitespace) else { throw place(node, field).error("the command is empty") }
        return .shell(text)
    }

    private func estimate(_ node: PlanNode?, _ field: String) throws -> Estimate? {
        try node.map { try draft.estimate(try scalar($0, field), at: place($0, field)) }
    }

    private func form(_ text: String, at place: PlanPlace) throws -> ExportList.Form {
        guard let form = ExportList.Form(rawValue: text.lowercased()) else {
            throw place.error(
                "\"\(shortened(text))\" is no form",
                next: "the forms are: " + ExportList.Form.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return form
    }

    private func strings(_ node: PlanNode, _ field: String) throws -> [String] {
        node.scalar != nil ? [try scalar(node, field)] : try list(node, field).map { try scalar($0, field) }
    }

    private func scalar(_ node: PlanNode, _ field: String) throws -> String {
        guard let scalar = node.scalar else { throw place(node, field).error("a text is expected here") }
        guard !scalar.utf8.contains(0) else {
            throw place(node, field).error("it holds a NUL")
        }
        return scalar
    }

    private func list(_ node: PlanNode, _ field: String) throws -> [PlanNode] {
        guard let items = node.list else { throw place(node, field).error("a list is expected here") }
        return items
    }

    private func mapping(_ node: PlanNode, _ field: String, _ keys: [String]) throws -> [String: PlanNode] {
        guard case .fields(let pairs) = node.kind else {
            throw place(node, field).error("fields are expected here")
        }
        var found: [String: PlanNode] = [:]
        for (key, value) in pairs {
            let name = key.scalar ?? ""
            guard keys.contains(name) else {
                let near = nearest(name, in: keys).map { "did you mean \"\($0)\"?" }
                throw place(key, "\(field).\(shortened(name))").error(
                    "unknown field", next: near ?? "the fields are: \(keys.joined(separator: ", "))")
            }
            if case .nothing = value.kind { continue }
            guard found.updateValue(value, forKey: name) == nil else {
                throw place(key, "\(field).\(name)").error("it is there twice")
            }
        }
        return found
    }

    private func place(_ node: PlanNode, _ field: String) -> PlanPlace {
        PlanPlace(file: file, line: node.line, field: field)
    }
}
