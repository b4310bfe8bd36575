public import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridSystem
internal import HybridUserGit

/// What one worker may write, as one flat file in its own git directory says it.
///
/// A guard asks at every write, so the file holds all that an answer needs: neither a repository nor the ledger is
/// opened. It is replaced whole, never edited.
public struct GuardClaims: Hashable, Sendable {
    /// Claims and who holds them.
    public struct Holder: Hashable, Sendable {
        /// The job's id.
        public var job: JobID
        /// The name as the plan writes it.
        public var name: String
        /// Its claims, in the plan's order.
        public var claims: [Claim]

        /// Makes a holder.
        public init(job: JobID, name: String, claims: [Claim]) {
            self.job = job
            self.name = name
            self.claims = claims
        }
    }

    /// The file's name in the worktree's git directory.
    public static let fileName = "hybrid-claims"
    private static let head = "hybrid-claims 1"

    /// The run's id.
    public var run: RunID
    /// What becomes of a write that is not allowed.
    public var policy: GuardPolicy
    /// The commit that the worker began from (hex).
    public var base: String
    /// The worker's own claims.
    public var own: Holder
    /// All others of the run, the orchestrator last.
    public var others: [Holder]

    /// Makes a value.
    public init(run: RunID, policy: GuardPolicy, base: String, own: Holder, others: [Holder]) {
        self.run = run
        self.policy = policy
        self.base = base
        self.own = own
        self.others = others
    }

    /// The name of the worktree's registration.
    public var worktreeName: String { RunNames.registration(run, job: own.job) }

    /// The worker's branch, in full.
    public var branch: String { "refs/heads/" + RunNames.branchText(run, job: own.job) }

    // MARK: The file

    /// The file's content: a line a fact, fields separated by tabs, and a last line that tells it is whole.
    public var bytes: [UInt8] {
        var lines = [Self.head]
        func add(_ fields: String...) { lines.append(fields.map(Self.escaped).joined(separator: "\t")) }
        add("run", run.text)
        add("policy", policy.rawValue)
        add("base", base)
        for holder in [own] + others {
            add("job", holder.job.text, holder.name)
            for claim in holder.claims {
                add("claim", (claim.isExcluded ? "!" : "") + claim.kind.rawValue, claim.path)
            }
        }
        lines.append("end")
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Reads a file's content.
    ///
    /// Throws where it is not whole, or holds anything that this version does not know: what cannot be understood
    /// allows nothing.
    public init(_ bytes: [UInt8], file: String) throws(HybridError) {
        func damaged(_ reason: String) -> HybridError {
            HybridError(
                .recordDamaged, file, reason,
                next: "the person who leads the run can write it anew: hybrid retry JOB")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged("it is not text") }
        var lines = text.parts(at: "\n", omittingEmpty: false)
        guard let first = lines.first, first == Self.head else {
            throw damaged(
                bytes.isEmpty
                    ? "the claims file is empty"
                    : (text.hasPrefix("hybrid-claims ")
                        ? "the claims file was written by another version of hybrid"
                        : "it is not a claims file"))
        }
        guard lines.suffix(2) == ["end", ""] else { throw damaged("the claims file is cut off") }
        lines.removeFirst()
        lines.removeLast(2)
        var facts: [String: String] = [:]
        var holders: [Holder] = []
        for line in lines {
            let fields = line.parts(at: "\t", omittingEmpty: false).map(Self.unescaped)
            switch (fields[0], fields.count) {
            case ("run", 2), ("policy", 2), ("base", 2): facts[fields[0]] = fields[1]
            case ("job", 3):
                guard let job = JobID(fields[1]) else {
                    throw damaged("the claims file names a job that can be none")
                }
                holders.append(Holder(job: job, name: fields[2], claims: []))
            case ("claim", 3):
                let excluded = fields[1].rest(behind: "!")
                guard let kind = Claim.Kind(rawValue: excluded.map(String.init) ?? fields[1]),
                    !holders.isEmpty
                else {
                    throw damaged("the claims file holds an unknown line")
                }
                holders[holders.count - 1].claims.append(
                    Claim(path: fields[2], kind: kind, isExcluded: excluded != nil))
            default: throw damaged("the claims file holds an unknown line")
            }
        }
        guard let run = facts["run"].flatMap({ RunID($0) }), let base = facts["base"], !holders.isEmpty,
            let policy = facts["policy"].flatMap(GuardPolicy.init)
        else { throw damaged("the claims file lacks a line") }
        self.init(run: run, policy: policy, base: base, own: holders[0], others: Array(holders.dropFirst()))
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 92 || $0 == 9 || $0 == 10 || $0 == 13 }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\t": out += "\\t"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(92) else { return String(text) }
        var out = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
                switch scalar {
                case "t": out += "\t"
                case "n": out += "\n"
                case "r": out += "\r"
                default: out.unicodeScalars.append(scalar)
                }
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

/// What becomes of a write that a worker's claims do not allow: `hybrid.guard` in git config.
public enum GuardPolicy: String, Hashable, Sendable, CaseIterable {
    /// It is stopped.
    case deny
    /// A person is asked where the agent can ask; elsewhere it is stopped, and the answer says whom to ask.
    case ask
    /// It passes, with a warning.
    case warn

    /// Reads a setting; throws for what is none of the three.
    package static func read(_ setting: String?) throws(HybridError) -> GuardPolicy {
        guard let setting else { return .deny }
        if let policy = GuardPolicy(rawValue: setting.lowercased()) { return policy }
        throw HybridError(
            .settingInvalid, "hybrid.guard", "\"\(neutralise(setting))\" is none of deny, ask, warn",
            next: "git config hybrid.guard deny")
    }
}
