internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension RunReport {
    /// A worker's detail, with what was remembered of it.
    static func detail(_ worker: WorkerRecord) -> String {
        let words = worker.remembered.map { "its verify commands: \($0.words)" }
        return [worker.detail, words ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// The report as one self-contained page, without scripts.
    public func html() -> String {
        func safe(_ text: String) -> String {
            Self.escaped(
                neutraliseLines(text), ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"])
        }
        let longest = workers.compactMap(\.seconds).max() ?? 0
        let rows = workers.map { worker in
            let width = longest > 0 ? Int((worker.seconds ?? 0) / longest * 100) : 0
            return """
                <tr><th scope="row">\(safe(worker.name))</th><td class="\(worker.state.rawValue)">\
                \(worker.state.rawValue)</td><td><div class="bar" style="width:\(width)%"></div>\
                \(worker.seconds.map(Measures.time) ?? "")</td><td>\(safe(Self.detail(worker)))</td></tr>
                """
        }
        let found = findings.map { finding in
            let hunks = finding.hunks.map { hunk in
                [(hunk.oursStart, hunk.oursLines), (hunk.theirsStart, hunk.theirsLines)].map { start, lines in
                    let shown = ["line \(start)"] + lines.prefix(Self.shownLines)
                    return "<pre>\(shown.map(safe).joined(separator: "\n"))</pre>"
                }.joined()
            }
            return
                "<li><strong>\(finding.label)</strong> \(safe(String(finding.said)))"
                + (finding.undo.map { "; to undo: <code>\(safe($0))</code>" } ?? "")
                + (finding.cause.map { " <em>cause: \(safe($0.words))</em>" } ?? "")
                + Self.list((finding.tests ?? []).prefix(Self.shownTests).map { safe(Self.line($0)) })
                + "\(hunks.joined())</li>"
        }
        let answers = checklist.map {
            "<li>\($0.answer == nil ? "–" : $0.answer == true ? "✓" : "✗") \(safe($0.text)): \(safe($0.evidence))</li>"
        }
        let figures = measures.rows.map {
            "<tr><th scope=\"row\">\($0.name)</th><td>\(safe($0.figure))</td><td>\(safe($0.target))</td><td>"
                + "\($0.met.map { $0 ? "met" : "missed" } ?? "")</td></tr>"
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(safe(run.task)): \(headline)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>
            :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
            body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% }
            th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; vertical-align: top }
            .bar { height: .5rem; background: #4a8; border-radius: 2px; min-width: 1px }
            .failed, .hooks-changed, .conflict, .breach, .timed-out, .verification-failed { color: #c33 }
            .landed, .merged { color: #2a7 }
            pre { overflow-x: auto; padding: .5rem; background: #8882 }
            </style></head><body>
            <h1>\(safe(run.task))</h1>
            <p>Run <code>\(run.id)</code>: <strong>\(headline)</strong>. \(safe(run.detail))</p>
            \(remembered.map { "<p>\(safe($0))</p>" }.joined(separator: "\n"))
            <h2>Workers</h2>
            <table><thead><tr><th>job</th><th>state</th><th>time</th><th>detail</th></tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody></table>
            \(found.isEmpty ? "" : "<h2>Findings</h2><ul>\(found.joined(separator: "\n"))</ul>")
            \(answers.isEmpty ? "" : "<h2>Integration checklist</h2><ul>\(answers.joined(separator: "\n"))</ul>")
            <h2>Measures</h2>
            <table><thead><tr><th>measure</th><th>figure</th><th>target</th><th></th></tr></thead>
            <tbody>\(figures.joined(separator: "\n"))</tbody></table>
            \(next.map { "<p>Next: <code>\(safe($0))</code></p>" } ?? "")
            </body></html>

            """
    }

    static func line(_ test: NamedTest) -> String {
        test.name + (test.standing == .fails ? "" : " (\(test.standing.words))")
    }

    private static func list(_ items: [String]) -> String {
        items.isEmpty ? "" : "<ul>" + items.map { "<li><code>\($0)</code></li>" }.joined() + "</ul>"
    }

    private static func escaped(_ text: String, _ table: [Character: String]) -> String {
        text.map { table[$0] ?? ($0.isNewline ? " " : String($0)) }.joined()
    }
}
