internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords

extension RunReport {
    /// What was found as workflow commands of GitHub's, a line each, which show beside the files of a pull request.
    ///
    /// The worst come first, for GitHub shows only ten of each kind in a step. Source: GitHub's documentation of workflow
    /// commands (`::error file=,line=,title=::`), escapes included.
    package func annotations() -> String {
        let levels = ["error", "warning", "notice"]
        let told = findings.map { (level: Self.level($0), text: annotation($0)) }
        return levels.flatMap { level in told.filter { $0.level == level }.map(\.text) }
            .map { $0 + "\n" }.joined()
    }

    private static func level(_ finding: FindingRecord) -> String {
        switch finding.kind {
        case .overlap, .breach, .conflict, .verification: finding.accepted == true ? "warning" : "error"
        case .warning, .beside: "warning"
        case .claim: "notice"
        }
    }

    private func annotation(_ finding: FindingRecord) -> String {
        var properties: [(String, String)] = []
        if !finding.path.isEmpty {
            properties.append(("file", finding.path))
            // A breach's own lines stand second.
            if let hunk = finding.hunks.first {
                let line = finding.kind == .breach ? hunk.theirsStart : hunk.oursStart
                properties.append(("line", "\(max(1, line))"))
            }
        }
        let who = finding.jobs.first.map { ": \(name($0))" } ?? ""
        properties.append(("title", "hybrid, \(finding.label)\(who)"))
        let list = properties.map { "\($0)=\(Self.escaped($1, also: [":": "%3A", ",": "%2C"]))" }
        let message = Self.escaped(neutraliseLines(String(finding.said)), also: [:])
        return "::\(Self.level(finding)) \(list.joined(separator: ","))::\(message)"
    }

    /// A line that a value cannot leave: nothing in it begins another command.
    private static func escaped(_ text: String, also more: [Character: String]) -> String {
        text.map { sign in
            switch sign {
            case "%": "%25"
            case _ where sign.isNewline: "%0A"
            default: more[sign] ?? String(sign)
            }
        }.joined()
    }
}
