package import HybridGit

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// All names that a run gives: refs, branches, worktrees with their registrations, and folders of attempts.
///
/// A job's id holds only `a-z`, `0-9` and `-`. What is the run's own stands on another level than what is named for
/// jobs, or begins with `_`: no id is reserved, none is in another's way.
package struct RunNames: Hashable, Sendable {
    /// How names are laid out.
    package enum Layout: Int, Codable, Hashable, Sendable, CaseIterable {
        /// Jobs' names beside the run's own, whose names no job could have; until November 2026.
        case beside = 1
        /// Jobs' names on a level of their own.
        case apart = 2
    }

    /// The run's id.
    package let run: RunID
    package let layout: Layout

    package init(_ run: RunID, _ layout: Layout = .apart) {
        self.run = run
        self.layout = layout
    }

    // MARK: Refs

    /// Where all refs of hybrid's lie.
    package static let refs = "refs/hybrid/"
    /// Where all branches of hybrid's lie.
    package static let branches = "refs/heads/hybrid/"

    /// Where a run's refs lie, and where its branches do.
    package var folders: [String] { ["\(Self.refs)\(run)/", "\(Self.branches)\(run)/"] }

    package func name(_ ref: RunRef) -> String {
        let folder = folders[0]
        switch ref {
        case .run(let own): return folder + own.rawValue
        case .wave(let number): return folder + "wave-\(number)"
        case .user(let worktree, let number):
            return folder + user + Self.user(worktree) + (number == 1 ? "" : ".\(number)")
        case .stash(let wave): return folder + "_stash-\(wave)"
        case .beside(let job, let id):
            return (job.map { self.folder(of: .job($0)) + "beside/" } ?? folder + "_beside/") + id
        case .kept(let owner, let kept, let number):
            return self.folder(of: owner) + kept.rawValue + (number == 1 ? "" : "-\(number)")
        }
    }

    /// `main` is the main worktree; a linked one of that name is spelled otherwise.
    private static func user(_ worktree: String?) -> String {
        guard let worktree else { return "main" }
        return worktree == "main" ? "=6Dain" : escaped(worktree)
    }

    private static func user(ref text: String) -> RunRef? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count < 3, let number = parts.count == 2 ? Int(parts[1]) : 1,
            parts.count == 1 || number > 1 && parts[1] == String(number)
        else { return nil }
        switch parts[0] {
        case "main": return .user(worktree: nil, number: number)
        case "=6Dain": return .user(worktree: "main", number: number)
        default: return unescaped(parts[0]).map { .user(worktree: $0, number: number) }
        }
    }

    /// A job of the first layout could be called `user`.
    private var user: String { layout == .beside ? "_user/" : "user/" }

    package func ref(_ ref: RunRef) throws(GitError) -> RefName { try RefName(name(ref)) }

    /// Where the refs lie that keep somebody's work.
    package func folder(of owner: RunRef.Owner) -> String {
        let folder = folders[0]
        switch owner {
        case .job(let id): return folder + (isBeside(id) ? "\(id)/" : "job/\(id)/")
        case .target: return folder + "target/"
        case .orchestrator: return folder + "orchestrator/"
        case .integrate: return folder + "integrate/"
        }
    }

    /// In the first layout some ids were the names of the run's own refs, so those jobs have none there.
    private func isBeside(_ id: JobID) -> Bool { layout == .beside && RunRef.Own(rawValue: id.text) == nil }

    /// What a ref of this run is; nil for other names.
    package func parse(ref name: String) -> RunRef? {
        let folder = folders[0]
        guard name.hasPrefix(folder) else { return nil }
        let parts = name.dropFirst(folder.count).split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        switch parts.count {
        case 1:
            if let own = RunRef.Own(rawValue: parts[0]) { return .run(own) }
            if let wave = Self.number(parts[0], after: "_stash-") { return .stash(wave: wave) }
            return Self.number(parts[0], after: "wave-").map(RunRef.wave)
        case 2:
            switch parts[0] {
            case _ where parts[0] + "/" == user:
                return Self.user(ref: parts[1])
            case "_beside": return Self.isShortID(parts[1]) ? .beside(job: nil, id: parts[1]) : nil
            case "target": return Self.kept(.target, parts[1])
            case "orchestrator": return Self.kept(.orchestrator, parts[1])
            case "integrate": return Self.kept(.integrate, parts[1])
            default:
                guard layout == .beside, let job = JobID(parts[0]) else { return nil }
                return Self.kept(.job(job), parts[1])
            }
        case 3, 4: return ofJob(parts)
        default: return nil
        }
    }

    private func ofJob(_ parts: [String]) -> RunRef? {
        if parts[0] == "job", let job = JobID(parts[1]), !isBeside(job) {
            if parts.count == 3 { return Self.kept(.job(job), parts[2]) }
            return parts[2] == "beside" ? Self.beside(job, parts[3]) : nil
        }
        guard parts.count == 3, layout == .beside, parts[1] == "beside", let job = JobID(parts[0]),
            isBeside(job)
        else { return nil }
        return Self.beside(job, parts[2])
    }

    /// Whose folder a ref of this run lies in; nil for the run's own.
    package func owner(ofRef name: String) -> RunRef.Owner? {
        guard name.hasPrefix(folders[0]) else { return nil }
        let parts = name.dropFirst(folders[0].count).split(separator: "/").map(String.init)
        if parts.count > 2, parts[0] == "job", let job = JobID(parts[1]), !isBeside(job) { return .job(job) }
        guard parts.count > 1 else { return nil }
        switch parts[0] {
        case "target": return .target
        case "orchestrator": return .orchestrator
        case "integrate": return .integrate
        default: return layout == .beside ? JobID(parts[0]).map(RunRef.Owner.job) : nil
        }
    }

    private static func kept(_ owner: RunRef.Owner, _ name: String) -> RunRef? {
        for kept in RunRef.Kept.allCases where name.hasPrefix(kept.rawValue) {
            if name == kept.rawValue { return .kept(owner, kept) }
            if let number = number(name, after: kept.rawValue + "-"), number > 1 {
                return .kept(owner, kept, number: number)
            }
        }
        return nil
    }

    private static func beside(_ job: JobID, _ id: String) -> RunRef? {
        isShortID(id) ? .beside(job: job, id: id) : nil
    }

    /// Whether a text can be the first digits of an object's id.
    private static func isShortID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isDigit($0) || (97...102).contains($0) }
    }

    /// A ref for what the doctor rescues of no known run.
    package static func rescued(_ name: String, _ number: Int) throws(GitError) -> RefName {
        try RefName(refs + "rescued/\(name)\(number == 1 ? "" : "-\(number)")")
    }

    // MARK: Branches and worktrees

    package func branch(_ place: RunPlace) throws(GitError) -> BranchName {
        try Self.branch(run, folder: folder(place))
    }

    /// The branch that is checked out in a run's folder of this name.
    package static func branch(_ run: RunID, folder: String) throws(GitError) -> BranchName {
        try BranchName(branchText(run, folder: folder))
    }

    /// The name of a worktree's registration below `.git/worktrees`.
    package func registration(_ place: RunPlace) -> String { Self.registration(run, folder: folder(place)) }

    /// The registration of the worktree in a run's folder of this name.
    package static func registration(_ run: RunID, folder: String) -> String { "\(run)-\(folder)" }

    /// The name of a worktree's folder within the run's.
    package func folder(_ place: RunPlace) -> String {
        switch (place, layout) {
        case (.job(let id), _): id.text
        case (.resolve(let id), .apart): "_resolve-\(id)"
        case (.resolve(let id), .beside): "\(id)-resolve"
        case (.resolveTarget, .apart): "_target"
        case (.resolveTarget, .beside): "target-resolve"
        case (.orchestrator, .apart): "_orchestrator"
        case (.orchestrator, .beside): "orchestrator"
        case (.integrate, .apart): "_integrate"
        case (.integrate, .beside): "integrate"
        case (.check(let number), .apart): "_check-\(number)"
        case (.check(let number), .beside): "check-\(number)"
        }
    }

    /// What a worktree's folder or the last part of a branch stands for; nil for names that a run does not give.
    package func place(_ folder: some StringProtocol) -> RunPlace? {
        let name = String(folder)
        if layout == .beside {
            for place in [RunPlace.resolveTarget, .orchestrator, .integrate] where self.folder(place) == name
            {
                return place
            }
            if let number = Self.number(name, after: "check-") { return .check(number) }
            if name.hasSuffix("-resolve"), let job = JobID(name.dropLast(8)) { return .resolve(job: job) }
        }
        if let job = JobID(name) { return .job(job) }
        for place in [RunPlace.resolveTarget, .orchestrator, .integrate] where self.folder(place) == name {
            return place
        }
        if let number = Self.number(name, after: "_check-") { return .check(number) }
        guard name.hasPrefix("_resolve-") else { return nil }
        return JobID(name.dropFirst("_resolve-".count)).map { .resolve(job: $0) }
    }

    /// The run in a registration's name, and the name of its folder; nil for other names.
    package static func parse(registration name: some StringProtocol) -> (run: RunID, folder: String)? {
        let rest = name.dropFirst(20)
        guard rest.hasPrefix("-"), rest.count > 1, let run = RunID(name.prefix(20)) else { return nil }
        return (run, String(rest.dropFirst()))
    }

    /// The run in the full name of a branch, and the name of its folder; nil for other names.
    package static func parse(branch name: some StringProtocol) -> (run: RunID, folder: String)? {
        guard name.hasPrefix(branches) else { return nil }
        let parts = name.dropFirst(branches.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let run = RunID(parts[0]), !parts[1].isEmpty else { return nil }
        return (run, String(parts[1]))
    }

    /// The run in a full ref's name, of refs and branches alike; nil for other names.
    package static func run(ofRef name: some StringProtocol) -> RunID? {
        for prefix in [refs, branches] where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
            if parts.count > 1, let run = RunID(parts[0]) { return run }
        }
        return nil
    }

    // MARK: Files

    /// The folder of a step's attempts, within the run's.
    package func folder(_ step: RunStep) -> String {
        switch (step, layout) {
        case (.job(let id), .apart): "job/\(id)"
        case (.setUp(let place), _): file(.setUps) + "/" + folder(place)
        case (.own(let own), .apart): "step/" + own.rawValue
        case (.job(let id), .beside): id.text
        // A job of the first layout could be called that.
        case (.own(.commit), .beside): "_commit"
        case (.own(let own), .beside): own.rawValue
        }
    }

    /// A file of the run, within its folder.
    package func file(_ file: RunFile) -> String {
        switch file {
        case .lock: "lock"
        case .recordLock: "record.lock"
        case .claimsLock: "claims.lock"
        case .stop: "stop"
        case .restoredPaths: "restored-paths"
        case .hooks: "hooks"
        case .agents: "agents"
        case .mergeMessage: "MERGE_MSG"
        case .gitmodules: "gitmodules"
        case .copies: "shared"
        case .deeds: "deeds.log"
        case .neighbours: "neighbours.json"
        case .setUps: "_set-up"
        case .wasSetUp: "was-set-up"
        case .linked: "linked.json"
        case .brought(let place): "brought-\(folder(place)).json"
        case .shared(let wave): "shared-\(wave).json"
        case .beside(let wave): "beside-\(wave).json"
        case .undoStash(let wave): "undo-stash-\(wave).sh"
        case .environment(let job): "env/\(job).sh"
        }
    }

    // MARK: Ids

    /// A run id that sorts by time: UTC date and time, two characters for the part of the second, so that runs of one
    /// second keep their order where a ledger is rebuilt from names, and two random ones.
    package static func makeID(now: Date = Date()) -> RunID {
        let second = now.timeIntervalSince1970.rounded(.down)
        let digits = Date(timeIntervalSince1970: second).formatted(.iso8601).filter(\.isNumber)
        let alphabet = Array("23456789abcdefghijkmnpqrstuvwxyz")
        let places = alphabet.count * alphabet.count
        let part = min(Int((now.timeIntervalSince1970 - second) * Double(places)), places - 1)
        let tail = [part / alphabet.count, part % alphabet.count].map { alphabet[$0] }
        let random = (0..<2).map { _ in alphabet.randomElement()! }
        return RunID(
            unchecked: "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))-\(String(tail + random))")
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) }

    /// The number behind a prefix, written as this file writes it.
    private static func number(_ text: String, after prefix: String) -> Int? {
        guard text.hasPrefix(prefix), let number = Int(text.dropFirst(prefix.count)), number >= 0,
            text == prefix + String(number)
        else { return nil }
        return number
    }

    /// Any text as one part of a ref's name: bytes that are not letters, digits, `-` or an inner `_` become `=XX`.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain = isDigit(byte) || isLetter(byte | 0x20) && byte < 128 || byte == 45
            if isPlain || byte == 95 && !out.isEmpty {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out.hasPrefix("-") ? "=2D" + out.dropFirst() : out
    }

    package static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 61 else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty, escaped(name) == text else {
            return nil
        }
        return name
    }
}

extension RunNames {
    /// The name of a branch, as text that nobody has checked.
    private static func branchText(_ run: RunID, folder: String) -> String { "hybrid/\(run)/\(folder)" }

    /// The name of a job's branch, the same in every layout.
    package static func branchText(_ run: RunID, job: JobID) -> String {
        branchText(run, folder: RunNames(run).folder(RunPlace.job(job)))
    }

    /// The registration of a job's worktree, the same in every layout.
    package static func registration(_ run: RunID, job: JobID) -> String {
        RunNames(run).registration(.job(job))
    }
}
