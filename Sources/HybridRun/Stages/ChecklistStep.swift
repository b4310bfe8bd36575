internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport

/// The integration checklist, answered from the trees and the tests that ran.
struct ChecklistStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Answers the integration checklist of the method's step 4, item by item, from facts.
    func answerChecklist(
        _ run: RunRecord, _ plan: Plan, _ integration: Integration, tested: Bool?
    ) throws {
        let tree = try CommitTree(repository, commit: integration.tip)
        let workers = try runs.workers(of: run)
        let conflicts = try ledger.findings(of: run.id).filter { $0.kind == .conflict }
        let start = run.targetBefore
        let changed = try ChangeSet.between(base: start, tip: integration.tip, in: repository).changes
        try runs.note(
            checklist: [
                filesCreated(plan, workers, tree), importsAdded(integration), testsPassed(tested, plan),
                ChecklistItem(
                    id: "no_merge_conflicts", text: "No merge conflicts", answer: conflicts.isEmpty,
                    evidence: conflicts.isEmpty
                        ? "\(workers.filter { $0.state == .merged }.count) branches merged cleanly"
                        : conflicts.map(\.message).joined(separator: "; ")),
                documentation(changed.filter { $0.new != nil }.map(\.path)),
            ], run: run.id)
    }

    private func filesCreated(
        _ plan: Plan, _ workers: [WorkerRecord], _ tree: CommitTree
    ) throws -> ChecklistItem {
        let claims = plan.jobs.flatMap(\.files).filter {
            !$0.isExcluded && ($0.kind == .create || $0.kind == .write || $0.kind == .edit)
        }
        let literal = claims.map(\.path).filter { path in !path.contains { "*?[".contains($0) } }
        let missing = try literal.filter { try tree.entry($0) == nil }
        // What a worker made and git ignores is in no commit, also where a glob claims it.
        let ignored = try workers.flatMap { $0.ignored ?? [] }.filter { try tree.entry($0) == nil }
        let unmerged = workers.filter { $0.state != .merged }.map(\.name)
        let evidence =
            missing.isEmpty
            ? "\(literal.count) claimed files are there; \(workers.count - unmerged.count) of \(workers.count) workers merged"
            : "missing: \(missing.joined(separator: ", "))"
        let hidden =
            ignored.isEmpty ? "" : "; left out, because git ignores it: \(ignored.joined(separator: ", "))"
        return ChecklistItem(
            id: "files_created", text: "All worker files created successfully",
            answer: missing.isEmpty && unmerged.isEmpty && ignored.isEmpty, evidence: evidence + hidden)
    }

    private func importsAdded(_ integration: Integration) -> ChecklistItem {
        let skipped = integration.exports.flatMap(\.skipped)
        let evidence =
            integration.exports.map { list in
                list.lines.isEmpty
                    ? "\(list.file): no line, for no file that a worker made is meant by it"
                    : "\(list.file): \(list.lines.count) lines"
            }
            + skipped.map { "\($0.path) left out: \($0.reason)" }
        return ChecklistItem(
            id: "imports_added", text: "Import statements added to orchestrator",
            answer: integration.exports.isEmpty
                ? nil : skipped.isEmpty && integration.exports.allSatisfy { !$0.lines.isEmpty },
            evidence: evidence.isEmpty ? "the plan has no export list" : evidence.joined(separator: "; "))
    }

    private func testsPassed(_ tested: Bool?, _ plan: Plan) -> ChecklistItem {
        let isOwn = !plan.verify.isEmpty && plan.jobs.contains { !$0.verify.isEmpty }
        let evidence =
            switch tested {
            case true?:
                isOwn
                    ? "the plan's verify commands passed on the tree that lands, the jobs' own on their tips"
                    : "every verify command passed on the tree that lands"
            case false?: "verification failed"
            case nil: "the plan names no verify command: unverified"
            }
        return ChecklistItem(
            id: "tests_pass", text: "Integration tests pass", answer: tested, evidence: evidence)
    }

    private func documentation(_ changed: [RepoPath]) -> ChecklistItem {
        let documents = changed.map(\.description).filter { path in
            let lower = path.lowercased()
            return lower.hasPrefix("docs/") || lower.contains("/docs/") || lower.hasSuffix(".md")
                || lower.hasSuffix(".rst") || lower.hasSuffix(".adoc")
        }
        return ChecklistItem(
            id: "documentation_updated", text: "Documentation updated", answer: !documents.isEmpty,
            evidence: documents.isEmpty
                ? "no .md, .rst, .adoc or docs/ file changed" : documents.prefix(5).joined(separator: ", "))
    }
}
