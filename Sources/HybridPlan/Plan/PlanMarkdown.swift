internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// Reads a plan from the Markdown template of the method, steps 1 and 2.
///
/// Line by line and by hand: the template is headings and `Key: value` lines, errors must name the line, and a
/// Markdown tree would take apart the very backticks, globs and underscores that values are made of.
struct PlanMarkdown {
    let source: PlanSource
    let draft: PlanDraft

    /// One `Key: value` line with the list items nested below it.
    struct Field {
        var key: String
        var value: String
        var line: Int
        var indent: Int
        /// Whether it is a list item itself: what belongs to it stands further in then.
        var isBullet = true
        var items: [(text: String, line: Int)] = []
    }

    package enum Section: Equatable {
        case none, task, components, plan, orchestrator, jobs, verification, setup, copy, exports, hot,
            checklist
        case unknown(String)
    }

    func parse() throws -> Plan {
        for (index, line) in source.lines.enumerated() where line.text.utf8.contains(0) {
            let key = line.text.prefix { $0 != ":" && $0 != "\0" }.filter { !"-*+ `".contains($0) }
            throw place(index + 1, key.isEmpty ? "plan" : neutralise(String(key.prefix(40)))).error(
                "it holds a NUL")
        }
        let sections = try MarkdownReader(source: source).read()
        var plan = Plan(task: PlannedTask(name: ""))
        var jobLines: [Int] = []
        var hotPlaces: [PlanPlace] = []
        for block in sections {
            switch block.section {
            case .task: try task(block, &plan)
            case .components: plan.task.components = try block.items.map(component)
            case .plan, .none: try settings(block, &plan)
            case .orchestrator: try orchestrator(block, &plan)
            case .jobs:
                guard let name = block.job else {
                    try settings(block, &plan)
                    continue
                }
                plan.jobs.append(try job(block, name))
                jobLines.append(block.line)
            case .verification:
                try settings(block, &plan)
                plan.verify += try block.items.map { try command($0.text, place($0.line, "Verification")) }
            case .setup:
                try settings(block, &plan)
                plan.setup += try block.items.map { try command($0.text, place($0.line, "Setup")) }
            case .copy: plan.copy += try block.items.flatMap { try brought($0.text, place($0.line, "Copy")) }
            case .exports: plan.exports += try exports(block)
            case .hot:
                for item in block.items {
                    plan.hot.append(try hot(item))
                    hotPlaces.append(place(item.line, "Hot Files"))
                }
            case .checklist: break
            case .unknown(let heading):
                if let field = block.fields.first(where: { Self.jobKeys[$0.key] != nil || $0.key == "file" })
                {
                    throw place(field.line, field.key).error(
                        "it stands under the heading \"\(shortened(heading))\", which is none of the template's",
                        next: "see the template: hybrid plan new")
                }
            }
        }
        guard !plan.task.name.isEmpty else {
            throw place(1, "Task").error("the plan has no \"## Task: NAME\" heading", next: "hybrid plan new")
        }
        plan = try draft.finish(plan, file: source.file) { place(jobLines[$0], $1) }
        try draft.checkHot(plan, hotPlaces)
        return plan
    }

    private func place(_ line: Int, _ field: String) -> PlanPlace {
        source.place(line, field)
    }

    private func unknown(_ field: Field, _ keys: [String]) -> HybridError {
        let near = nearest(field.key, in: keys).map { "did you mean \"\($0)\"?" }
        return place(field.line, shortened(field.key)).error(
            "unknown field", next: near ?? "the fields are: \(keys.joined(separator: ", "))")
    }

    // MARK: Parts

    private func task(_ block: MarkdownReader.Block, _ plan: inout Plan) throws {
        if let title = block.title { plan.task.name = try draft.name(title, at: place(block.line, "Task")) }
        for field in block.fields {
            let at = place(field.line, field.key)
            switch field.key {
            case "complexity": plan.task.complexity = try draft.complexity(field.value, at: at)
            case "estimated time (sequential)", "sequential time", "sequential estimate", "estimated time":
                plan.task.sequentialEstimate = try draft.estimate(field.value, at: at)
            case "parallelizable", "parallelisable":
                plan.task.parallelizable = try draft.flag(field.value, at: at)
            default:
                try setting(field, &plan, ["complexity", "estimated time (sequential)", "parallelizable"])
            }
        }
        try refuseLists(block.fields)
    }

    private func settings(_ block: MarkdownReader.Block, _ plan: inout Plan) throws {
        for field in block.fields { try setting(field, &plan, []) }
        try refuseLists(block.fields)
    }

    private func setting(_ field: Field, _ plan: inout Plan, _ others: [String]) throws {
        let at = place(field.line, field.key)
        switch field.key {
        case "target": plan.target = try draft.name(plain(field.value), at: at)
        case "buildstate": plan.buildState = try draft.path(plain(field.value), at: at)
        case "land the rest", "land-the-rest": plan.landTheRest = try draft.flag(field.value, at: at)
        case "audit": plan.audit = try draft.word(plain(field.value), at: at)
        case "audit history", "audit-history": plan.auditHistory = try draft.word(plain(field.value), at: at)
        case "verify", "verification": plan.verify += try commands(field)
        case "setup", "set-up": plan.setup += try commands(field)
        case "copy":
            try refuseEmpty(field)
            plan.copy += try brought(field.value, at)
            for item in field.items { plan.copy += try brought(item.text, place(item.line, field.key)) }
        case "agent": plan.agent = try draft.agent(plain(field.value), at: at)
        case "conventions": plan.conventions = try words(of: field, at)
        case "submodules": plan.submodules = try draft.flag(field.value, at: at)
        case "ports": plan.ports = try draft.number(field.value, in: 1...1000, at: at)
        case "red base", "red-base": plan.redBase = try draft.word(plain(field.value), at: at)
        case "beside": plan.beside = try draft.word(plain(field.value), at: at)
        case "verify alone", "verify-alone": plan.verifyAlone = try draft.flag(field.value, at: at)
        case "verify budget", "verify-budget": plan.verifyBudget = try draft.budget(field.value, at: at)
        default:
            let own = [
                "target", "buildstate", "land the rest", "audit", "audit history", "verify", "red base",
                "beside",
                "verify alone",
                "verify budget", "setup", "copy", "ports", "submodules", "agent", "conventions",
            ]
            throw unknown(field, others + own)
        }
    }

    private func component(_ item: (text: String, line: Int)) throws -> Component {
        // "Component A - Independent? Yes", or "Integration - Orchestrator handles".
        guard let range = item.text.ranges(of: " - ").last else { return Component(name: item.text) }
        let name = String(item.text[..<range.lowerBound])
        let rest = item.text[range.upperBound...].lowercased()
        guard rest.hasPrefix("independent?") else {
            return Component(name: rest.contains("orchestrator") ? name : item.text)
        }
        var answer = String(rest.dropFirst("independent?".count)).filter { !$0.isWhitespace }
        // Some answer by crossing out within the brackets.
        if ["[yes]", "[no]"].contains(answer) { answer = String(answer.dropFirst().dropLast()) }
        return Component(
            name: try draft.name(name, at: place(item.line, "Components")),
            independent: answer.isEmpty
                ? nil : try draft.flag(answer, at: place(item.line, "Independent?")))
    }

    static let orchestratorKeys: Set<String> = [
        "file", "files", "responsibilities", "responsibility", "estimated time", "estimate", "time",
        "prepare",
        "integrate",
    ]

    private func orchestrator(_ block: MarkdownReader.Block, _ plan: inout Plan) throws {
        for field in block.fields {
            let at = place(field.line, field.key)
            switch field.key {
            case "file", "files": plan.orchestrator.files += try claims(field, .write)
            case "responsibilities", "responsibility":
                plan.orchestrator.responsibilities +=
                    (field.value.isEmpty ? [] : [field.value]) + field.items.map(\.text)
            case "estimated time", "estimate", "time":
                plan.orchestrator.estimate = try draft.estimate(field.value, at: at)
            case "prepare": plan.orchestrator.prepare = try command(field.value, at)
            case "integrate": plan.orchestrator.integrate = try command(field.value, at)
            default:
                throw unknown(field, ["file", "responsibilities", "estimated time", "prepare", "integrate"])
            }
        }
        try refuseLists(block.fields)
    }

    static let jobKeys: [String: String] = [
        "file": "file", "files": "file", "dependencies": "dependencies", "dependency": "dependencies",
        "depends on": "dependencies", "estimated time": "estimate", "estimate": "estimate",
        "time": "estimate",
        "command": "command", "verify": "verify", "retries": "retries", "timeout": "timeout", "wave": "wave",
        "needs": "needs", "id": "id", "may change nothing": "may change nothing",
        "may-change-nothing": "may change nothing", "setup": "setup", "set-up": "setup",
        "agent": "agent", "task": "task",
    ]

    private func job(_ block: MarkdownReader.Block, _ name: String) throws -> Job {
        var job = Job(name: try draft.name(name, at: place(block.line, "Job")), id: JobID(unchecked: ""))
        for field in block.fields {
            let at = place(field.line, "\(field.key) of job \(shortened(name))")
            switch Self.jobKeys[field.key] {
            case "file": job.files += try claims(field, .write)
            case "dependencies": job.dependencies += try claims(field, .read)
            case "estimate": job.estimate = try draft.estimate(field.value, at: at)
            case "command": job.command = try command(field.value, at)
            case "verify": job.verify += try commands(field)
            case "setup": job.setup += try commands(field)
            case "agent": job.agent = try draft.agent(plain(field.value), at: at)
            case "task": job.task = try words(of: field, at)
            case "retries": job.retries = try draft.number(field.value, in: 0...20, at: at)
            case "timeout": job.timeoutSeconds = try draft.estimate(field.value, at: at).seconds
            case "wave": job.wave = try draft.number(field.value, in: 1...1000, at: at)
            case "needs": job.needs += words(field).map(\.text)
            case "id": job.id = JobID(unchecked: plain(field.value))
            case "may change nothing": job.mayChangeNothing = try draft.flag(field.value, at: at)
            default: throw unknown(field, Self.jobKeys.keys.sorted())
            }
        }
        try refuseLists(block.fields)
        return job
    }

    private func exports(_ block: MarkdownReader.Block) throws -> [ExportList] {
        var lists: [ExportList] = []
        if let item = block.items.first {
            throw place(item.line, "Export Lists").error(
                "\"\(shortened(item.text))\" is no field of the form \"Key: value\"",
                next: "the fields are: file, form, from, template, begin, end")
        }
        for field in block.fields {
            let at = place(field.line, field.key)
            let isPath = field.key == "file" || field.key == "from"
            // A brace is literal in a pattern, and so is a comma: several on a line would match nothing.
            if !field.items.isEmpty || isPath && MarkdownText.split(field.value).count > 1 {
                throw at.error(
                    "an export list has one \(field.key)",
                    next:
                        "begin another list with \"File:\" (the same file with other markers, Begin and End, "
                        + "for another pattern), or write a pattern that covers both")
            }
            if field.key == "file" {
                lists.append(ExportList(file: try draft.path(plain(field.value), at: at)))
                continue
            }
            guard !lists.isEmpty else { throw at.error("an export list begins with \"File:\"") }
            let last = lists.count - 1
            switch field.key {
            case "form":
                guard let form = ExportList.Form(rawValue: plain(field.value).lowercased()) else {
                    throw at.error(
                        "\"\(shortened(field.value))\" is no form",
                        next: "the forms are: "
                            + ExportList.Form.allCases.map(\.rawValue).joined(separator: ", "))
                }
                lists[last].form = form
            case "from": lists[last].from = try draft.path(plain(field.value), at: at)
            case "template":
                lists[last].template = try ExportList.template(plain(field.value), at: at)
            case "begin": lists[last].begin = plain(field.value)
            case "end": lists[last].end = plain(field.value)
            default: throw unknown(field, ["file", "form", "from", "template", "begin", "end"])
            }
        }
        return lists
    }

    /// "`path`: policy", with a job's name or a command behind it.
    private func hot(_ item: (text: String, line: Int)) throws -> HotFile {
        let at = place(item.line, "Hot Files")
        let fence = String(item.text.prefix { $0 == "`" })
        let rest: Substring
        if !fence.isEmpty, let close = item.text.dropFirst(fence.count).firstRange(of: fence + ":") {
            rest = item.text[item.text.index(before: close.upperBound)...]
        } else if let colon = item.text.firstRange(of: ": ") {
            rest = item.text[colon.lowerBound...]
        } else {
            throw at.error(
                "\"\(shortened(item.text))\" is no hot file", next: "write - `CHANGELOG.md`: union")
        }
        let path = plain(MarkdownText.trimmed(String(item.text[..<rest.startIndex])))
        let said = MarkdownText.trimmed(String(rest.dropFirst()))
        let word = String(said.prefix { !$0.isWhitespace })
        let more = MarkdownText.trimmed(String(said.dropFirst(word.count)))
        let policy = word.lowercased()
        if !more.isEmpty, policy == "union" || policy == "orchestrator" {
            throw at.error("nothing may stand behind the policy \(policy)")
        }
        return try draft.hot(
            path, policy: policy, job: policy == "job" && !more.isEmpty ? plain(more) : nil,
            command: policy == "regenerate" && !more.isEmpty ? command(more, at) : nil, at: at)
    }

    // MARK: Values

    private func plain(_ text: String) -> String { MarkdownText.unquoted(text) ?? text }

    private func words(_ field: Field) -> [(text: String, line: Int)] {
        let inline = MarkdownText.split(field.value).map { ($0, field.line) }
        return
            (inline + field.items.flatMap { item in MarkdownText.split(item.text).map { ($0, item.line) } })
            .map { (plain($0.0), $0.1) }
    }

    private func claims(_ field: Field, _ kind: Claim.Kind) throws -> [Claim] {
        let parts =
            MarkdownText.split(field.value).map { ($0, field.line) }
            + field.items.flatMap { item in MarkdownText.split(item.text).map { ($0, item.line) } }
        let nothing = ["none", "-", "n/a", "no", ""]
        return try parts.filter { !nothing.contains($0.0.lowercased()) }.flatMap { part, line in
            var text = part
            var said = kind
            let at = place(line, field.key)
            if text.hasSuffix(")"), let open = text.lastIndex(of: "("), open > text.startIndex,
                text[text.index(before: open)] == " "
            {
                let word = String(text[text.index(after: open)...].dropLast())
                if kind != .read, Claim.Kind(rawValue: word.lowercased()) != nil {
                    said = try draft.kind(word, at: at)
                    text = MarkdownText.trimmed(String(text[..<open]))
                }
            }
            return try draft.claims(plain(text), kind: said, at: at)
        }
    }

    /// Patterns of files to bring, each with its way behind it where it is not copied: `node_modules (link)`.
    private func brought(_ text: String, _ at: PlanPlace) throws -> [BroughtFiles] {
        try MarkdownText.split(text).filter { !$0.isEmpty }.map { part in
            var (pattern, way) = (part, String?.none)
            if part.hasSuffix(")"), let open = part.lastIndex(of: "("), open > part.startIndex,
                part[part.index(before: open)] == " "
            {
                way = String(part[part.index(after: open)...].dropLast())
                pattern = MarkdownText.trimmed(String(part[..<open]))
            }
            return try draft.brought(plain(pattern), way: way, at: at)
        }
    }

    private func commands(_ field: Field) throws -> [Command] {
        try refuseEmpty(field)
        let at = place(field.line, field.key)
        return try (field.value.isEmpty ? [] : [try command(field.value, at)])
            + field.items.map { try command($0.text, place($0.line, field.key)) }
    }

    private func command(_ text: String, _ at: PlanPlace) throws -> Command {
        try draft.refuseUnfilled(text, at: at)
        guard !MarkdownText.leavesCodeOpen(text) else {
            throw at.error(
                "the code that begins in \"\(shortened(text))\" has no end in this line",
                next: "close it with as many backticks as it begins with; a command has one line")
        }
        let inner = plain(text)
        guard !inner.allSatisfy(\.isWhitespace) else { throw at.error("the command is empty") }
        if let words = MarkdownText.words(inner) {
            guard !words[0].isEmpty else { throw at.error("the command is empty") }
            return .argv(words)
        }
        return .shell(MarkdownText.shell(inner) ?? inner)
    }
}
