internal import HybridBase
internal import HybridMerging

/// Finds the pairs of jobs whose claims meet.
package final class OverlapSearch {
    /// Two jobs whose claims meet.
    package struct Pair {
        package var overlap: CheckReport.Overlap
        /// The two claims, as places in ``PlannedClaims``.
        package var claims: (Int, Int)

        package init(overlap: CheckReport.Overlap, claims: (Int, Int)) {
            self.overlap = overlap
            self.claims = claims
        }
    }

    package let claims: PlannedClaims
    private let plan: Plan
    private let facts: BaseFacts
    private let judge: (any SectionJudge)?
    private let onlyFirst: Bool
    /// Hot files that any job may touch.
    private let shared: [PathPattern]
    private let index = ClaimIndex()
    private var pairs: [Pair] = []
    private var numbers: [Int: Int] = [:]
    /// Jobs that could only meet if what looks like a file's name became a folder, the first place of each pair.
    private var unlikely: [Int: Pair] = [:]
    /// How many globs may still be compared for that alone.
    private var leftForUnlikely = 20_000

    /// How many more meetings of two jobs are counted.
    private static let mostCounted = 100
    /// How many comparisons of claims may still be made only to count: the pairs are what matters.
    private var leftToCount = 100_000

    /// `onlyFirst` stops at the first pair and counts no further meetings.
    package init(_ plan: Plan, _ facts: BaseFacts, judge: (any SectionJudge)?, onlyFirst: Bool = false) throws
    {
        self.onlyFirst = onlyFirst
        self.plan = plan
        self.facts = facts
        self.judge = judge
        claims = try PlannedClaims(plan, facts)
        shared = try plan.hot.filter(\.policy.isShared).map { try PlannedClaims.read($0.path, facts.base).0 }
        index.takesAway = !claims.taken.isEmpty
        for (number, owned) in claims.all.enumerated() {
            index.add(number, of: owned.job, owned.pattern, isFile: owned.isFile)
        }
    }

    package func name(_ job: Int?) -> String { job.map { plan.jobs[$0].name } ?? "orchestrator" }

    /// All pairs of jobs that meet, whatever their waves, in the order of their first claims.
    package func run() throws -> [Pair] {
        for (number, owned) in claims.all.enumerated() {
            if onlyFirst, !pairs.isEmpty { break }
            for other in candidates(number, owned) { try compare(number, other) }
            try compareObstacle(number, owned)
            if !onlyFirst { try compareBelow(number, owned) }
        }
        return pairs.sorted { $0.claims < $1.claims }
    }

    /// The pairs of jobs that ``run()`` found no overlap of, and that would meet if a file's name became a folder.
    func unlikelyPairs() -> [Pair] {
        unlikely.filter { numbers[$0.key] == nil }.values.sorted { $0.claims < $1.claims }
    }

    /// What would lie below the files of a glob, were they folders.
    private func compareBelow(_ number: Int, _ owned: OwnedClaim) throws {
        guard owned.pattern.isGlob, leftForUnlikely > 0, FileLook.isFile(owned.pattern) else { return }
        let below = FileLook.below(owned.pattern)
        for other in index.globs(meeting: below) where other != number {
            let two = claims.all[other]
            guard leftForUnlikely > 0, let key = key(number, other), unlikely[key] == nil else { continue }
            leftForUnlikely -= 1
            let except = claims.taken(from: owned, two) + shared
            if case .at(let path) = PatternIntersection.meet(below, two.pattern, except: except) {
                try noteUnlikely(number, other, path, key)
            }
        }
    }

    /// What is a file today would have to become a folder: whoever holds the file meets what is claimed below it.
    private func compareObstacle(_ number: Int, _ owned: OwnedClaim) throws {
        let folder = owned.pattern.fixedFolder
        if owned.pattern.isGlob, folder.isEmpty { return }
        guard let obstacle = try facts.obstacle(above: owned.pattern.isGlob ? folder + "/x" : folder),
            obstacle.entry == .file || obstacle.entry == .symlink
        else { return }
        var holders = index.globs(meeting: PathPattern(obstacle.path, isLiteral: true))
        // Two names are compared already.
        if owned.pattern.isGlob { holders += index.names(meetingName: obstacle.path) }
        for other in holders where other != number {
            let holder = claims.all[other]
            guard holder.pattern.matches(obstacle.path),
                !claims.taken(from: holder, nil).contains(where: { $0.matches(obstacle.path) })
            else { continue }
            try note(number, other) { (obstacle.path, "directory", nil) }
        }
    }

    /// The claims that could meet one, each pair once.
    private func candidates(_ number: Int, _ owned: OwnedClaim) -> [Int] {
        if owned.pattern.isGlob {
            return index.names(meetingGlob: owned.pattern)
                + index.globs(meeting: owned.pattern).filter { $0 < number }
        }
        var found: [Int] = []
        index.visitAbove(owned.pattern.text) { other, isSame in
            if !isSame || other < number { found.append(other) }
        }
        return found
    }

    /// The claims that meet a pattern outside what `except` covers, in plan order.
    package func meeting(_ pattern: PathPattern, except: [PathPattern] = []) -> [OwnedClaim] {
        let names =
            pattern.isGlob
            ? index.names(meetingGlob: pattern) : index.names(meetingName: pattern.text)
        return (names + index.globs(meeting: pattern)).sorted().map { claims.all[$0] }.filter { owned in
            PatternIntersection.meet(
                pattern, owned.pattern, isFile: (false, owned.isFile),
                except: except + claims.taken(from: owned, nil)) != .disjoint
        }
    }

    private func compare(_ a: Int, _ b: Int) throws {
        try note(a, b) { try meet(claims.all[a], claims.all[b]) }
    }

    /// Keeps what `find` finds about two claims of different jobs.
    private func note(_ a: Int, _ b: Int, _ find: () throws -> (path: String, kind: String, why: String?)?)
        throws
    {
        let (a, b) = (min(a, b), max(a, b))
        guard let key = key(a, b) else { return }
        if leftToCount == 0, numbers[key] != nil { return }
        let (one, two) = (claims.all[a], claims.all[b])
        if let known = numbers[key] {
            // A place that a link makes a second time is the same meeting.
            if onlyFirst || one.isAlias || two.isAlias || leftToCount == 0 { return }
            if pairs[known].overlap.more >= Self.mostCounted { return }
            leftToCount -= 1
            guard let found = try find() else { return }
            let more = pairs[known].overlap.more + 1
            // What meets as it is written says more than what meets elsewhere.
            if Self.isFolded(pairs[known].overlap.kind), !Self.isFolded(found.kind) {
                pairs[known] = try pair(a, b, found)
            }
            pairs[known].overlap.more = more
            return
        }
        guard let found = try find() else {
            if unlikely[key] == nil, let path = ifFolder(one, two) { try noteUnlikely(a, b, path, key) }
            return
        }
        numbers[key] = pairs.count
        pairs.append(try pair(a, b, found))
    }

    private static func isFolded(_ kind: String) -> Bool { kind == "case" || kind == "unicode" }

    private func pair(_ a: Int, _ b: Int, _ found: (path: String, kind: String, why: String?)) throws -> Pair
    {
        let (one, two) = (claims.all[a], claims.all[b])
        let isUndecided = found.kind == "undecided"
        return Pair(
            overlap: CheckReport.Overlap(
                jobs: [name(one.job), name(two.job)], path: found.path,
                kind: one.isAlias || two.isAlias ? "symlink" : isUndecided ? "glob" : found.kind,
                claims: [one.claim.text, two.claim.text], isUndecided: isUndecided,
                isAtBase: try facts.base.entry(found.path) != nil, reason: found.why,
                indices: [one.job, two.job].compactMap { $0 }), claims: (a, b))
    }

    /// The pair of jobs of two claims; nil where they are one job's, which may overlap.
    private func key(_ a: Int, _ b: Int) -> Int? {
        let (x, y) = (claims.all[a].job ?? plan.jobs.count, claims.all[b].job ?? plan.jobs.count)
        return x == y ? nil : min(x, y) * (plan.jobs.count + 1) + max(x, y)
    }

    private func noteUnlikely(_ a: Int, _ b: Int, _ path: String, _ key: Int) throws {
        let (a, b) = (min(a, b), max(a, b))
        unlikely[key] = try pair(a, b, (path, "directory", "a file's name would have to become a folder"))
    }

    /// Whether a name is taken for a file's beside a glob: it is not there yet, looks so, and the glob names no folder that
    /// looks so, too.
    private func seemsFile(_ name: OwnedClaim, beside glob: OwnedClaim) -> Bool {
        !name.pattern.isGlob && name.entry == nil && glob.pattern.isGlob && FileLook.isFile(name.pattern)
            && !FileLook.hasSuchFolder(glob.pattern)
    }

    /// Where two claims would meet if what looks like a file became a folder; nil where nowhere.
    private func ifFolder(_ one: OwnedClaim, _ two: OwnedClaim) -> String? {
        guard seemsFile(one, beside: two) || seemsFile(two, beside: one) else { return nil }
        let found = PatternIntersection.meet(
            one.pattern, two.pattern, isFile: (one.isFile, two.isFile),
            except: claims.taken(from: one, two) + shared)
        if case .at(let path) = found { return path }
        return nil
    }

    /// Where two claims meet, and how; nil where they do not.
    private func meet(_ one: OwnedClaim, _ two: OwnedClaim) throws -> (
        path: String, kind: String, why: String?
    )? {
        let except = claims.taken(from: one, two) + shared
        let (a, b) = (one.pattern, two.pattern)
        if !a.isGlob, !b.isGlob {
            if isTakenBack(one) || isTakenBack(two) { return nil }
            // A file counts as a folder for what is named below it: one of the two would take the other away.
            let isFile = (one.isFile && !Self.lies(b, below: a), two.isFile && !Self.lies(a, below: b))
            switch PatternIntersection.meet(a, b, isFile: isFile, except: except) {
            case .at(let path):
                guard PathFolding.areSame(a.text, b.text) else { return (path, "directory", nil) }
                if let first = one.claim.section, let second = two.claim.section {
                    guard let judge else {
                        return (path, "section", "whether the two sections meet cannot be decided")
                    }
                    return judge.overlap(path: path, a: first, b: second).map { (path, "section", $0) }
                }
                return (path, "path", nil)
            case .undecided: return (a.text, "undecided", "their common paths could not be worked out")
            case .disjoint: return folded(one, two)
            }
        }
        let isFile = (one.isFile || seemsFile(one, beside: two), two.isFile || seemsFile(two, beside: one))
        let exact = PatternIntersection.meet(a, b, isFile: isFile, except: except)
        switch exact {
        case .at(let path): return (path, "glob", nil)
        case .undecided: return (a.text, "undecided", "their common paths could not be worked out")
        case .disjoint: return folded(one, two)
        }
    }

    /// Whether a job lets go of a file that it named before.
    private func isTakenBack(_ owned: OwnedClaim) -> Bool {
        owned.isFile && claims.taken(from: owned, nil).contains { $0.matches(owned.pattern.text) }
    }

    private static func lies(_ name: PathPattern, below other: PathPattern) -> Bool {
        name.text.utf8.count > other.text.utf8.count && other.matches(name.text)
    }

    private func folded(_ one: OwnedClaim, _ two: OwnedClaim) -> (path: String, kind: String, why: String?)? {
        let (a, b) = (one.pattern, two.pattern)
        let isFile = (one.isFile || seemsFile(one, beside: two), two.isFile || seemsFile(two, beside: one))
        // `!readme` takes nothing away from README, so it does not count here either.
        let except = [one, two].flatMap { owned in
            (claims.taken(from: owned, nil) + shared).filter {
                PatternIntersection.meet(owned.pattern, $0) != .disjoint
            }
        }
        // Without a capital and beyond-ASCII letters on either side, folding changes nothing.
        if !a.changesFolded, !b.changesFolded, !except.contains(where: \.saysCase) { return nil }
        var besides = except
        for _ in 0..<Self.mostSpelled {
            switch PatternIntersection.meetFolded(a, b, isFile: isFile, except: besides) {
            case .disjoint: return nil
            case .undecided: return (a.text, "undecided", "their common paths could not be worked out")
            case .at(let path):
                guard holds(one, aSpellingOf: path), holds(two, aSpellingOf: path) else {
                    besides.append(PathPattern(exactly: path))
                    continue
                }
                let isComposition = [false, true].contains { composed in
                    PatternIntersection.meet(
                        a.normalised(composed: composed), b.normalised(composed: composed),
                        isFile: isFile, except: except) != .disjoint
                }
                let shown = Self.shown(path, a.isGlob ? b : a)
                return (shown, isComposition ? "unicode" : "case", nil)
            }
        }
        return (a.text, "undecided", "their common paths could not be worked out")
    }

    /// A folded place as it is shown: a name as the plan writes it, and what lies below it behind that.
    private static func shown(_ path: String, _ name: PathPattern) -> String {
        if name.isGlob { return path }
        let rest = [false, true].lazy.compactMap { composed in
            path.rest(behind: PathFolding.folded(name.text, composed: composed))
        }.first
        return name.text + (rest ?? "")
    }

    /// How many folded places are looked at before two claims are taken to meet.
    private static let mostSpelled = 16
    /// How many letters of a folded place are tried in both cases.
    private static let mostLetters = 10

    /// Whether a claim has a folded path in some spelling that its own list does not take away again.
    private func holds(_ owned: OwnedClaim, aSpellingOf path: String) -> Bool {
        let taken = claims.taken(from: owned, nil)
        if taken.isEmpty { return true }
        let bytes = Array(path.utf8)
        let letters = bytes.indices.filter { (97...122).contains(bytes[$0]) }
        // Beyond ASCII nobody counts the spellings; it is taken to be held.
        if letters.count > Self.mostLetters || bytes.contains(where: { $0 > 127 }) { return true }
        return (0..<(1 << letters.count)).contains { choice in
            var spelled = bytes
            for (number, place) in letters.enumerated() where choice & 1 << number != 0 {
                spelled[place] -= 32
            }
            return owned.pattern.matches(spelled[...]) && !taken.contains { $0.matches(spelled[...]) }
        }
    }
}
