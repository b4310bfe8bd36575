internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridSystem

/// What a fresh worktree of a commit will not have although the user's checkout has it.
///
/// Looks at the root and at the folders in it, not below: a check must not grow with the repository.
struct FreshLack {
    /// One thing that is there and in no commit.
    struct Thing: Hashable {
        var path: String
        var isFolder: Bool
        /// Whether git ignores it; otherwise nobody ever committed it.
        var isIgnored: Bool

        /// Whether a program makes it of what is committed, as package managers do.
        var isMade: Bool { FreshLack.made.contains(name) }
        private var name: String { path.pathParts.last.map(String.init) ?? path }
        var shown: String { RepoPath(path).description + (isFolder ? "/" : "") }

        /// Whether a worktree may need it: no cache, no output of a build, no log.
        var mayBeNeeded: Bool {
            isMade
                || !CacheNames.isCache(path) && !FreshLack.outputs.contains(name.lowercased())
                    && !name.hasSuffix(".log")
        }
    }

    private static let made: Set<String> = [
        "node_modules", ".venv", "venv", "vendor", "Pods", "deps", ".direnv",
    ]
    private static let outputs: Set<String> = [
        "dist", "build", "target", "out", "bin", "obj", "coverage", "logs", "log", "tmp", "temp", ".vscode",
        "_build",
        "site", "public", ".worktrees", "worktrees",
    ]

    private(set) var things: [Thing] = []

    /// Compares a checkout with a tree; `besides` are folders in it that are worktrees.
    init(
        of checkout: String, against tree: CommitTree, besides: [String], environment: [String: String]
    ) throws {
        let folders = FolderTree(repository: tree.repository, root: checkout, environment: environment)
        let rules = IgnoreRules(folders)
        let top = try committed("", tree)
        for name in Files.names(in: checkout).sorted() where name != ".git" {
            let place = checkout + "/" + name
            guard !besides.contains(place) else { continue }
            guard let entry = top[name] else {
                try note(name, at: place, rules)
                continue
            }
            guard entry == .directory, Files.isRealFolder(place) else { continue }
            // What is committed is not looked at on the disk: it is nearly all there is.
            let inside = try committed(name, tree)
            for inner in Files.names(in: place) where inside[inner] == nil {
                try note(name + "/" + inner, at: place + "/" + inner, rules)
            }
        }
        things.sort { $0.path < $1.path }
    }

    private func committed(_ folder: String, _ tree: CommitTree) throws -> [String: BaseEntry] {
        let entries = try tree.names(in: folder).map { (String(decoding: $0.name, as: UTF8.self), $0.entry) }
        return Dictionary(entries) { first, _ in first }
    }

    private mutating func note(_ path: String, at place: String, _ rules: IgnoreRules) throws {
        let isFolder = Files.isRealFolder(place)
        let rule = try isFolder ? rules.rule(hidingFolder: path) : rules.rule(hiding: path)
        things.append(Thing(path: path, isFolder: isFolder, isIgnored: rule != nil))
    }

    /// Ignored things that a worktree may need and that do not come.
    func ignored(besides brought: [BroughtFiles]) throws -> [Thing] {
        let patterns = BroughtPatterns(brought)
        return try things.filter {
            try $0.isIgnored && $0.mayBeNeeded && patterns.way($0.path, isFolder: $0.isFolder) == nil
        }
    }

    static func shown(_ things: [Thing]) -> String {
        things.prefix(5).map(\.shown).joined(separator: ", ")
            + (things.count > 5 ? " and \(things.count - 5) more" : "")
    }
}

/// Commands that make a fresh worktree ready, by the files that ask for them.
struct SetUpProposal {
    /// A command, and the file that speaks for it.
    struct Line: Hashable {
        var command: String
        var because: String
    }

    private(set) var lines: [Line] = []

    /// The first of a group speaks for all of it: a project has one package manager.
    private static let groups: [[(file: String, command: String)]] = [
        [
            ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
            ("bun.lock", "bun install --frozen-lockfile"),
            ("bun.lockb", "bun install --frozen-lockfile"), ("yarn.lock", "yarn install --frozen-lockfile"),
            ("package-lock.json", "npm ci"), ("npm-shrinkwrap.json", "npm ci"),
        ],
        [
            ("uv.lock", "uv sync --frozen"), ("poetry.lock", "poetry install"), ("pdm.lock", "pdm sync"),
            ("Pipfile.lock", "pipenv sync --dev"),
            ("requirements.txt", "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"),
        ],
        [("Gemfile.lock", "bundle install")], [("composer.lock", "composer install")],
        [("mix.lock", "mix deps.get")], [("pubspec.lock", "dart pub get")],
        [("mise.toml", "mise trust && mise install"), (".mise.toml", "mise trust && mise install")],
        [(".envrc", "direnv allow")],
    ]

    init(_ tree: CommitTree) throws {
        for group in Self.groups {
            for (file, command) in group where try tree.entry(file) == .file {
                lines.append(Line(command: command, because: file))
                break
            }
        }
    }
}

extension Inspection {
    /// What is said of a plan whose worktrees will lack what the user's checkout has; nil where they do not, or the plan
    /// says how they get it.
    func lackWarning(_ plan: Plan, _ tip: ObjectID, _ worktrees: String) throws -> Preflight.Finding? {
        guard let checkout = try BroughtSource.checkout(of: repository) else { return nil }
        let tree = try tree(of: tip)
        let included =
            BroughtFiles.included(Files.read(checkout + "/" + BroughtFiles.includeFile)) + plan.copy
        let isSetUp =
            try !plan.setup.isEmpty || plan.jobs.contains { !$0.setup.isEmpty }
            || repository.configString("hybrid.setup") != nil
        let linked = try repository.worktrees().map(\.path)
        let lack = try FreshLack(
            of: checkout, against: tree, besides: linked + [worktrees], environment: environment)
        let missing = try lack.ignored(besides: included).filter { isSetUp ? !$0.isMade : true }
        let proposal = try isSetUp ? [] : SetUpProposal(tree).lines
        let asks = proposal.filter {
            $0.because.hasPrefix(".") || $0.because.contains("mise")
        }
        let modules = try submodulesLacking(plan, tree, isSetUp: isSetUp)
        let wanted = included.isEmpty ? missing : missing.filter(\.isMade)
        guard !wanted.isEmpty || !asks.isEmpty || !modules.isEmpty else { return nil }
        var reasons: [String] = []
        if !wanted.isEmpty {
            reasons.append("lack what your checkout has and git ignores: \(FreshLack.shown(wanted))")
        }
        if !modules.isEmpty {
            reasons.append("have empty folders for submodules: " + modules.joined(separator: "; "))
        }
        for trust in asks {
            reasons.append("not be trusted by the program that reads \(trust.because)")
        }
        return .init(
            warning: "lacks",
            HybridError(
                .incomplete, "fresh worktrees", "they will " + reasons.joined(separator: "; they will "),
                next:
                    "say in the plan what makes them ready (Setup:) or which files they get (Copy:); for lines that may "
                    + "fit: hybrid init"))
    }

    /// The submodules that worktrees will not have, each with the reason and what to do about it.
    private func submodulesLacking(_ plan: Plan, _ tree: CommitTree, isSetUp: Bool) throws -> [String] {
        if plan.submodules == false { return [] }
        let source = try SubmoduleSource(repository)
        let paths = try Gitmodules(tree, environment: environment).entries.keys.sorted()
        return try paths.compactMap { path in
            guard let commit = try tree.submodule(path) else { return nil }
            let shown = RepoPath(path).description
            switch try source.find(path, at: commit) {
            case .ready: return nil
            case .unusable(let reason, let next): return "\(shown) (\(reason); \(next))"
            case .notInitialised where isSetUp: return nil
            case .notInitialised:
                return
                    "\(shown) (not initialised in your checkout; git submodule update --init -- \(ShellWord.bare(path)))"
            }
        }
    }
}
