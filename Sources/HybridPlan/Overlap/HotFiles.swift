internal import HybridBase
internal import HybridGit
internal import HybridSystem

/// Finds hot files by their names, and by what past commits touched.
struct HotSearch {
    /// What a name says about a file.
    package struct Rule {
        package var reason: String
        var proposed: String
        package var names: [PathPattern]

        package init(_ reason: String, _ proposed: String, _ names: [String]) {
            (self.reason, self.proposed) = (reason, proposed)
            self.names = names.map { PathPattern($0, isLiteral: false) }
        }
    }

    /// By a file's own name, folded; the first that matches counts.
    static let rules = [
        Rule(
            "a lock file", "regenerate COMMAND",
            [
                "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock*",
                "deno.lock", "cargo.lock", "poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock",
                "gemfile.lock", "composer.lock", "go.sum", "package.resolved", "podfile.lock",
                "cartfile.resolved", "flake.lock", "mix.lock", "pubspec.lock", "packages.lock.json",
            ]),
        Rule(
            "a changelog", "union",
            [
                "changelog", "changelog.*", "changes", "changes.*", "history.md", "history.rst", "news",
                "news.*",
            ]),
        Rule(
            "a generated file", "regenerate COMMAND",
            [
                "*.pb.go", "*_pb2.py", "*_pb2_grpc.py", "*.pb.cc", "*.pb.h", "*.pb.swift", "*.generated.*",
                "*.g.dart", "*.min.js", "*.min.css",
            ]),
        Rule(
            "a registry of other files", "orchestrator",
            [
                "__init__.py", "index.ts", "index.js", "mod.rs", "registry.*", "routes.*", "urls.py",
                "cmakelists.txt",
            ]),
    ]

    /// Folders that are looked through for hot files that stand at the base.
    private static let mostFolders = 200
    /// The most findings that are told.
    private static let mostTold = 20

    private let plan: Plan
    private let base: any BaseTree
    private let search: OverlapSearch
    private let history: HotHistory
    private let policies: [(claims: ClaimSet, file: HotFile)]

    init(_ plan: Plan, _ base: any BaseTree, _ search: OverlapSearch, _ history: HotHistory) {
        (self.plan, self.base, self.search, self.history) = (plan, base, search, history)
        policies = plan.hot.map { (ClaimSet(ofBothReadings: [Claim(path: $0.path)]), $0) }
    }

    /// What a path's name says; nil for most.
    static func rule(_ path: String) -> Rule? {
        let bytes = Array(path.pathName.lowercased().utf8)[...]
        return rules.first { $0.names.contains { $0.matches(bytes) } }
    }

    /// Files that jobs reach and that many touch: by name first, then by history.
    func findings() throws -> [HotFinding] {
        let named = try byName()
        return try named
            + byHistory(besides: Set(named.map { RepoPath($0.path) })).prefix(Self.mostTold - named.count)
    }

    /// Files at the base that past commits often touched together with others, and that two jobs reach.
    ///
    /// One that nearly every commit touched needs one job only, unless the job names it: then it was thought of.
    private func byHistory(besides known: Set<RepoPath>) throws -> [HotFinding] {
        var found: [HotFinding] = []
        let often = history.files.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (path, count) in often where !known.contains(RepoPath(path)) {
            guard HotHistory.isHot(count, of: history.commits), try base.entry(path) == .file else {
                continue
            }
            let owners = search.meeting(PathPattern(path, isLiteral: true))
            let jobs = Set(owners.compactMap(\.job)).sorted()
            let isNamed = owners.contains { !$0.pattern.isGlob && $0.pattern.text.hasBytes(of: path) }
            guard
                jobs.count > 1
                    || jobs.count == 1 && !isNamed && HotHistory.isVeryHot(count, of: history.commits)
            else { continue }
            found.append(
                finding(
                    path, "touched by \(count) of the last \(history.commits) commits", jobs, "orchestrator"))
        }
        return found
    }

    private func finding(_ path: String, _ reason: String, _ jobs: [Int], _ proposed: String) -> HotFinding {
        HotFinding(
            path: path, reason: reason, jobs: jobs.map { plan.jobs[$0].name },
            policy: policies.first { $0.claims.covers(path) != nil }?.file.policy.word, proposed: proposed)
    }

    /// Files that stand at the base, or are claimed by name, and that two jobs reach; a lock file needs one.
    ///
    /// Looks into the folders that claims begin in, and no deeper.
    private func byName() throws -> [HotFinding] {
        var paths: Set<RepoPath> = []
        var folders: Set<RepoPath> = []
        for owned in search.claims.all where owned.job != nil && !owned.isAlias {
            if owned.pattern.isGlob {
                folders.insert(RepoPath(owned.pattern.fixedFolder))
            } else if owned.entry == .directory {
                folders.insert(RepoPath(owned.pattern.text))
            } else {
                paths.insert(RepoPath(owned.pattern.text))
            }
        }
        for folder in folders.sorted().prefix(Self.mostFolders) {
            for (name, entry) in try base.names(in: folder.text) where entry == .file {
                paths.insert(folder.appending(name))
            }
        }
        var found: [HotFinding] = []
        for path in paths.sorted().map(\.text) {
            guard found.count < Self.mostTold, let rule = Self.rule(path) else { continue }
            let owners = search.meeting(PathPattern(path, isLiteral: true)).compactMap(\.job)
            let jobs = Set(owners).sorted()
            guard jobs.count > 1 || jobs.count == 1 && rule.reason == Self.rules[0].reason else { continue }
            found.append(finding(path, rule.reason, jobs, rule.proposed))
        }
        return found
    }
}
