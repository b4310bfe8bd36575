internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// The checks that the three formats share: what they hand over becomes the model only through here.
struct PlanDraft {
    /// Whether a path stands literally at the base, which makes brackets part of its name.
    let exists: (String) throws -> Bool
    /// Whether jobs may claim nothing: those that stand for branches that exist already.
    var mayClaimNothing = false

    /// What one entry of a list of files claims: two claims for a planned rename, `old/path -> new/path`, whose ends
    /// are taken away and made; one for everything else.
    func claims(_ raw: String, kind: Claim.Kind, at place: PlanPlace) throws -> [Claim] {
        guard raw.utf8.contains(62), let arrow = raw.firstRange(of: " -> "), try !exists(raw) else {
            return [try claim(raw, kind: kind, at: place)]
        }
        func refused(_ reason: String) -> HybridError {
            place.error("\"\(shortened(raw))\": \(reason)", next: "write old/path -> new/path")
        }
        guard kind == .write else { throw refused("a rename is neither a dependency nor of one kind") }
        let ends = [raw[..<arrow.lowerBound], raw[arrow.upperBound...]].map { end in
            let trimmed = MarkdownText.trimmed(String(end))
            return MarkdownText.unquoted(trimmed) ?? trimmed
        }
        guard !ends[1].contains(" -> ") else { throw refused("a rename has two ends") }
        return try zip(ends, [Claim.Kind.delete, .create]).map { end, kind in
            let claim = try claim(end, kind: kind, at: place)
            guard !claim.isExcluded else { throw refused("an end of a rename cannot be taken away") }
            if try PathPattern.hasWildcard(claim.path) && !exists(claim.path) {
                throw refused("a rename is of one path, not of a glob")
            }
            return claim
        }
    }

    /// A claim that takes its paths away from those before it.
    func excluded(_ raw: String, kind: Claim.Kind, at place: PlanPlace) throws -> Claim {
        var claim = try claim(raw, kind: kind, at: place)
        guard !claim.isExcluded, claim.section == nil else {
            throw place.error(
                "\"\(shortened(raw))\": only whole paths and globs can be taken away", next: "write !path")
        }
        claim.isExcluded = true
        return claim
    }

    /// A claim's path, normalised; throws for unfilled and unsafe ones.
    func claim(_ raw: String, kind: Claim.Kind, at place: PlanPlace) throws -> Claim {
        try refuseUnfilled(raw, at: place)
        if raw.utf8.first == 33, try !exists(raw) {
            return try excluded(String(raw.dropFirst()), kind: kind, at: place)
        }
        if let split = SectionText.split(raw), try !exists(raw) {
            return try section(split, of: raw, kind: kind, at: place)
        }
        return try wholeClaim(raw, kind: kind, at: place)
    }

    /// A claim whose section is said apart from its path.
    func claim(_ raw: String, part: String?, kind: Claim.Kind, at place: PlanPlace) throws -> Claim {
        guard let part else { return try claim(raw, kind: kind, at: place) }
        try refuseUnfilled(raw, at: place)
        let split = SectionText.split(part) ?? SectionText(path: "", part: part, section: nil)
        return try section(
            SectionText(path: raw, part: part, section: split.path.isEmpty ? split.section : nil),
            of: raw + part,
            kind: kind, at: place)
    }

    private func wholeClaim(_ raw: String, kind: Claim.Kind, at place: PlanPlace) throws -> Claim {
        switch PathRules.normalised(raw) {
        case .success(let path):
            if path.utf8.contains(where: { $0 == 123 || $0 == 125 }), try !exists(path) {
                throw place.error(
                    "\"\(shortened(raw))\": braces are not expanded in globs",
                    next: "write one line for each path")
            }
            return Claim(path: path, kind: kind)
        case .failure(let refusal):
            throw place.error("\"\(shortened(raw))\": \(refusal.reason)", next: "correct the path")
        }
    }

    private func section(
        _ split: SectionText, of raw: String, kind: Claim.Kind, at place: PlanPlace
    ) throws -> Claim {
        func refused(_ reason: String) -> HybridError {
            place.error(
                "\"\(shortened(raw))\": \(reason)",
                next: "write path#L10-L80 or path::name, such as src/app.py::Client.send")
        }
        guard let section = split.section else { throw refused("\(split.part) is no section") }
        var claim = try wholeClaim(split.path, kind: kind, at: place)
        if try PathPattern.hasWildcard(claim.path) && !exists(claim.path) {
            throw refused("a section is of one file, not of a glob")
        }
        // A file cannot be made or taken away in part.
        if kind == .create || kind == .delete { throw refused("a section can only be edited") }
        claim.section = section
        return claim
    }

    /// A single path that is no pattern.
    func path(_ raw: String, at place: PlanPlace) throws -> String {
        let claim = try claim(raw, kind: .write, at: place)
        guard claim.section == nil else {
            throw place.error("\"\(shortened(raw))\" is a section", next: "name the whole file")
        }
        guard !claim.isExcluded else {
            throw place.error("\"\(shortened(raw))\" takes a path away", next: "name the file")
        }
        return claim.path
    }

    /// A text wholly in brackets is the template's placeholder, unless such a file exists.
    func refuseUnfilled(_ raw: String, at place: PlanPlace) throws {
        // What closes before its end is a glob of several classes.
        guard raw.hasPrefix("["), raw.firstIndex(of: "]") == raw.indices.last, try !exists(raw) else {
            return
        }
        throw place.error(
            "\"\(shortened(raw))\" is the template's placeholder, not filled in", next: "replace it")
    }

    func name(_ raw: String, at place: PlanPlace) throws -> String {
        try refuseUnfilled(raw, at: place)
        guard raw.contains(where: { !$0.isWhitespace }) else {
            throw place.error("it is empty", next: "give it a name")
        }
        for scalar in raw.unicodeScalars where scalar.value < 32 || scalar.value == 127 {
            throw place.error("the name holds a control character", next: "write it on one line")
        }
        return raw
    }

    func number(_ raw: String, in range: ClosedRange<Int>, at place: PlanPlace) throws -> Int {
        guard let value = Int(raw), range.contains(value) else {
            throw place.error(
                "\"\(shortened(raw))\" is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func flag(_ raw: String, at place: PlanPlace) throws -> Bool {
        switch raw.lowercased() {
        case "yes", "true", "on", "y": return true
        case "no", "false", "off", "n": return false
        default:
            try refuseUnfilled(raw, at: place)
            throw place.error("\"\(shortened(raw))\" is neither yes nor no")
        }
    }

    func estimate(_ raw: String, at place: PlanPlace) throws -> Estimate {
        try refuseUnfilled(raw, at: place)
        return try Estimate.read(raw, field: "\(place.file):\(place.line): \(place.field)")
    }

    func complexity(_ raw: String, at place: PlanPlace) throws -> Complexity {
        try refuseUnfilled(raw, at: place)
        guard let value = Complexity(rawValue: raw.lowercased()) else {
            throw place.error("\"\(shortened(raw))\" is none of Small, Medium, Large")
        }
        return value
    }

    /// A text for people or agents.
    func text(_ raw: String, at place: PlanPlace) throws -> String {
        try refuseUnfilled(raw, at: place)
        guard raw.contains(where: { !$0.isWhitespace }), !raw.utf8.contains(0) else {
            throw place.error("it says nothing", next: "write what is to be done")
        }
        guard raw.utf8.count <= Self.longestText else {
            throw place.error(
                "it is longer than \(Self.longestText >> 10) KiB",
                next: "put it into a file that a dependency names")
        }
        return raw
    }

    /// The longest text for an agent, in bytes: all of its brief travels as one argument.
    private static let longestText = 32 << 10

    func agent(_ raw: String, at place: PlanPlace) throws -> AgentName {
        try refuseUnfilled(raw, at: place)
        guard let name = AgentName(raw.lowercased()) else {
            throw place.error(
                "\"\(shortened(raw))\" can be no agent's name",
                next:
                    "write claude, codex, aider, vibe, cline, gemini, or a name of a-z, 0-9 and - that git config describes"
            )
        }
        return name
    }

    /// One of a few words, such as a policy.
    func word<Word: RawRepresentable & CaseIterable>(_ raw: String, at place: PlanPlace) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: raw.lowercased()) else {
            throw place.error(
                "\"\(shortened(raw))\" is none of "
                    + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    /// A pattern of files to bring; `raw` is one line of a `.gitignore`.
    func brought(_ raw: String, way: String?, at place: PlanPlace) throws -> BroughtFiles {
        let path = raw.utf8.first == 33 ? String(raw.dropFirst()) : raw
        guard !path.isEmpty, !path.contains("\n"), !path.contains("\0"), !path.hasPrefix("#") else {
            throw place.error(
                "\"\(shortened(raw))\" is no pattern", next: "write a path such as .env or node_modules/")
        }
        guard !path.pathParts.contains(where: { $0 == ".." }) else {
            throw place.error(
                "\"\(shortened(raw))\" leads out of the checkout", next: "name a file or folder inside it")
        }
        guard let way else { return BroughtFiles(raw) }
        let said: BroughtFiles.Way = try word(way, at: place)
        guard raw.utf8.first != 33 || said == .copy else {
            throw place.error("\"\(shortened(raw))\" takes files away, so it comes in no way")
        }
        return BroughtFiles(raw, way: said)
    }

    func budget(_ raw: String, at place: PlanPlace) throws -> Int {
        try number(raw, in: 0...100_000, at: place)
    }

    func kind(_ raw: String, at place: PlanPlace) throws -> Claim.Kind {
        guard let kind = Claim.Kind(rawValue: raw.lowercased()), kind != .read else {
            throw place.error("\"\(shortened(raw))\" is none of create, edit, delete, write")
        }
        return kind
    }

    /// The finished plan: ids made, names and ids unique, every job with a claim.
    ///
    /// `place` says where a job begins, for errors about a field of it.
    func finish(_ draft: Plan, file: String, place: (Int, String) -> PlanPlace) throws -> Plan {
        var plan = draft
        guard !plan.jobs.isEmpty else {
            throw HybridError(
                .planInvalid, file, "the plan has no job", next: "see the template: hybrid plan new")
        }
        var names: [String: Int] = [:]
        var ids: [JobID: Int] = [:]
        for (index, job) in plan.jobs.enumerated() {
            let place = place(index, "job \(shortened(job.name))")
            guard mayClaimNothing || !job.files.isEmpty else {
                throw place.error(
                    "it claims no file", next: "add a \"File:\" line that says what it may touch")
            }
            for list in [job.files, job.dependencies] where list.first?.isExcluded == true {
                throw place.error(
                    "its first claim, \(shortened(list[0].text)), takes paths away, and there are none before it",
                    next: "put what it may touch in front of it")
            }
            if names.updateValue(index, forKey: job.name) != nil {
                throw place.error("another job has this name", next: "rename one of them")
            }
            let written = job.id.text.isEmpty ? Self.slug(job.name, index) : job.id.text
            guard let id = JobID(written) else {
                throw place.error(
                    "\"\(shortened(written))\" cannot be its id", next: "give it an id of a-z, 0-9 and -")
            }
            if let other = ids.updateValue(index, forKey: id) {
                throw place.error(
                    "it and job \(shortened(plan.jobs[other].name)) would both be called \(id)",
                    next: "give one of them an \"Id:\"")
            }
            plan.jobs[index].id = id
            try refuseUnclear(job, plan, at: place)
        }
        if let first = plan.orchestrator.files.first, first.isExcluded {
            throw HybridError(
                .planInvalid, "\(file): orchestrator",
                "its first claim, \(shortened(first.text)), takes paths away, and there are none before it",
                next: "put what it owns in front of it")
        }
        for (index, job) in plan.jobs.enumerated() {
            for need in job.needs where names[need] == nil && JobID(need).flatMap({ ids[$0] }) == nil {
                let near = nearest(need, in: plan.jobs.map(\.name)).map { "did you mean \"\($0)\"?" }
                throw place(index, "needs of \(shortened(job.name))")
                    .error("there is no job \"\(shortened(need))\"", next: near)
            }
        }
        return plan
    }

    /// Throws where it is not clear who does a job.
    private func refuseUnclear(_ job: Job, _ plan: Plan, at place: PlanPlace) throws {
        if job.command != nil, job.task != nil {
            throw place.error("it has a command and a task", next: "keep the one that is to be done")
        }
        if job.agent != nil, job.task == nil {
            throw place.error(
                "it names an agent and no task", next: "add a \"Task:\" line that says what is to be done")
        }
        if job.task != nil, job.agent == nil, plan.agent == nil {
            throw place.error(
                "it has a task and nobody to do it", next: "add a line such as \"Agent: claude\"")
        }
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == 45
    }

    /// A name within refs and folders, made from a free text.
    static func slug(_ name: String, _ index: Int) -> String {
        var out = ""
        for byte in name.lowercased().utf8 {
            if isIDByte(byte), byte != 45 {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else if !out.isEmpty, !out.hasSuffix("-") {
                out += "-"
            }
            if out.utf8.count >= 40 { break }
        }
        while out.hasSuffix("-") { out.removeLast() }
        return out.isEmpty ? "job-\(index + 1)" : out
    }
}

extension JobID {
    /// Makes an id of a title, as a plan's jobs get theirs; `index` is its place, for a title that gives none.
    package init(ofTitle title: String, _ index: Int) {
        self.init(unchecked: PlanDraft.slug(title, index))
    }
}
