internal import HybridBase
internal import HybridMerging

extension Plan {
    /// The plan in the method's template; reading it back gives the same model.
    public func markdown() -> String {
        var out = ["## Task: \(task.name)", ""]
        if let complexity = task.complexity {
            out.append(
                "**Complexity:** \(complexity.rawValue.prefix(1).uppercased() + complexity.rawValue.dropFirst())"
            )
        }
        if let estimate = task.sequentialEstimate {
            out.append("**Estimated Time (Sequential):** \(estimate.text)")
        }
        if let flag = task.parallelizable { out.append("**Parallelizable:** \(Plan.word(flag))") }
        if !task.components.isEmpty {
            out += ["", "### Components:"]
            for (index, component) in task.components.enumerated() {
                let answer =
                    component.independent.map { "Independent? \(Plan.word($0))" } ?? "Orchestrator handles"
                out.append("\(index + 1). \(component.name) - \(answer)")
            }
        }
        out += ["", "## Hybrid Execution Plan", ""]
        let settings =
            [
                agent.map { "- Agent: \($0)" },
                conventions.map { "- Conventions: \(Plan.prose($0))" },
                target.map { "- Target: \(MarkdownText.quoted($0))" },
                buildState.map { "- Buildstate: \(MarkdownText.quoted($0))" },
                landTheRest ? "- Land the rest: yes" : nil,
                audit == .refuse ? nil : "- Audit: \(audit.rawValue)",
                auditHistory == .refuse ? nil : "- Audit History: \(auditHistory.rawValue)",
                redBase == .stop ? nil : "- Red Base: \(redBase.rawValue)",
                beside == .report ? nil : "- Beside: \(beside.rawValue)",
                verifyAlone ? "- Verify Alone: yes" : nil,
                verifyBudget.map { "- Verify Budget: \($0)" },
                ports.map { "- Ports: \($0)" },
                submodules.map { "- Submodules: \(Plan.word($0))" },
            ].compactMap { $0 } + Plan.listed("Setup", setup.map(Plan.text))
            + Plan.listed("Copy", copy.map(Plan.line))
        if !settings.isEmpty { out += settings + [""] }
        out.append("### VS Code Session (Orchestrator):")
        out += Plan.files(orchestrator.files)
        if !orchestrator.responsibilities.isEmpty {
            out.append("- Responsibilities:")
            out += orchestrator.responsibilities.map { "  - \($0)" }
        }
        if let estimate = orchestrator.estimate { out.append("- Estimated Time: \(estimate.text)") }
        if let command = orchestrator.prepare { out.append("- Prepare: \(Plan.text(command))") }
        if let command = orchestrator.integrate { out.append("- Integrate: \(Plan.text(command))") }
        out += ["", "### Cline CLI Jobs (Parallel Workers):"]
        for (index, job) in jobs.enumerated() { out += [""] + Plan.lines(job, index) }
        if !verify.isEmpty { out += ["", "### Verification:"] + verify.map { "- \(Plan.text($0))" } }
        if !exports.isEmpty { out += ["", "### Export Lists:"] + exports.flatMap(Plan.lines) }
        if !hot.isEmpty { out += ["", "### Hot Files:"] + hot.map(Plan.line) }
        out += [
            "", "### Conflict Analysis:", "- [ ] No file overlaps", "- [ ] Clear interfaces defined",
            "- [ ] Dependencies documented", "- [ ] Integration path clear", "",
        ]
        return out.joined(separator: "\n")
    }

    private static func lines(_ job: Job, _ index: Int) -> [String] {
        var out = ["**Job \(index + 1):** \(job.name)"]
        if job.id.text != PlanDraft.slug(job.name, index) { out.append("- Id: \(job.id)") }
        out += files(job.files)
        if !job.dependencies.isEmpty {
            out.append(
                "- Dependencies: "
                    + job.dependencies.map { MarkdownText.quoted($0.text) }.joined(separator: ", "))
        }
        if let estimate = job.estimate { out.append("- Estimated Time: \(estimate.text)") }
        if let command = job.command { out.append("- Command: \(text(command))") }
        if let agent = job.agent { out.append("- Agent: \(agent)") }
        if let task = job.task { out.append("- Task: \(prose(task))") }
        out += listed("Setup", job.setup.map(text))
        if !job.verify.isEmpty { out += ["- Verify:"] + job.verify.map { "  - \(text($0))" } }
        if !job.needs.isEmpty {
            out.append("- Needs: " + job.needs.map { MarkdownText.quoted($0) }.joined(separator: ", "))
        }
        if job.retries > 0 { out.append("- Retries: \(job.retries)") }
        if let seconds = job.timeoutSeconds { out.append("- Timeout: \(seconds) seconds") }
        if let wave = job.wave { out.append("- Wave: \(wave)") }
        if job.mayChangeNothing { out.append("- May Change Nothing: yes") }
        return out
    }

    private static func listed(_ field: String, _ values: [String]) -> [String] {
        values.isEmpty ? [] : ["- \(field):"] + values.map { "  - \($0)" }
    }

    private static func line(_ files: BroughtFiles) -> String {
        MarkdownText.quoted(files.pattern) + (files.way == .copy ? "" : " (\(files.way.rawValue))")
    }

    private static func lines(_ list: ExportList) -> [String] {
        var out = ["- File: \(MarkdownText.quoted(list.file))"]
        if let form = list.form { out.append("  - Form: \(form.rawValue)") }
        if let from = list.from { out.append("  - From: \(MarkdownText.quoted(from))") }
        if let template = list.template { out.append("  - Template: \(MarkdownText.quoted(template))") }
        if let begin = list.begin { out.append("  - Begin: \(MarkdownText.quoted(begin))") }
        if let end = list.end { out.append("  - End: \(MarkdownText.quoted(end))") }
        return out
    }

    private static func line(_ file: HotFile) -> String {
        let more =
            switch file.policy {
            case .orchestrator, .union: ""
            case .job(let name): " " + MarkdownText.quoted(name)
            case .regenerate(let command): " " + text(command)
            }
        return "- \(MarkdownText.quoted(file.path)): \(file.policy.word)\(more)"
    }

    private static func files(_ claims: [Claim]) -> [String] {
        func line(_ claim: Claim) -> String {
            MarkdownText.quoted(claim.text) + (claim.kind == .write ? "" : " (\(claim.kind.rawValue))")
        }
        if claims.count == 1 { return ["- File: \(line(claims[0]))"] }
        return claims.isEmpty ? [] : ["- Files:"] + claims.map { "  - \(line($0))" }
    }

    private static func text(_ command: Command) -> String {
        switch command {
        case .argv(let words):
            MarkdownText.quoted("[" + words.map(JSONValue.quoted).joined(separator: ", ") + "]")
        case .shell(let text):
            // One line cannot hold line breaks, nor a text that would be read as one of the other two forms.
            MarkdownText.quoted(
                text.unicodeScalars.contains { $0.value < 32 } || MarkdownText.words(text) != nil
                    || MarkdownText.shell(text) != nil || MarkdownText.trimmed(text) != text
                    ? "{\"shell\": \(JSONValue.quoted(text))}" : text)
        }
    }

    /// A text for people or agents, on one line.
    private static func prose(_ text: String) -> String {
        let isPlain =
            text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } && text.first != "\""
            && MarkdownText.trimmed(text) == text
        return isPlain ? text : JSONValue.quoted(text)
    }

    private static func word(_ flag: Bool) -> String { flag ? "Yes" : "No" }
}
