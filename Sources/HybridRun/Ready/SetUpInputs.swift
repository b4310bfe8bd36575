internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// The files that decide what a set-up does.
struct SetUpInputs: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// A file that decides what the set-up of a worktree does and that a worker changed; nil where none did.
    func changed(_ run: RunRecord, _ plan: Plan, _ at: ReadyPlace) throws -> String? {
        // What the orchestrator prepared is the user's.
        let start = try repository.id(of: run.names.ref(.run(.checkpoint))) ?? run.start
        guard at.commit != start, at.commit != run.start else { return nil }
        let text = (plan.setup + (at.job?.setup ?? [])).map(\.display).joined(separator: "\n")
        let changes = try ChangeSet.between(base: start, tip: at.commit, in: repository).changes
        return changes.map(\.path.text).first { Self.decides($0, in: text) }
    }

    /// Whether a file decides what a set-up with these commands does.
    static func decides(_ path: String, in commands: String) -> Bool {
        let parts = path.pathParts.map(String.init)
        guard let name = parts.last?.lowercased() else { return false }
        if names.contains(name) || endings.contains(where: name.endsWithBytes) { return true }
        if name.hasPrefix("requirements") && name.hasSuffix(".txt") { return true }
        if parts.dropLast().contains(where: { folders.contains($0.lowercased()) }) { return true }
        // Such as a script that it runs.
        return commands.contains(path) || parts.count > 1 && commands.contains(parts[parts.count - 1])
    }

    private static let folders: Set<String> = [
        ".husky", ".yarn", ".githooks", ".cargo", ".mvn", "gradle", ".pnp",
    ]
    private static let endings = [
        ".gemspec", ".csproj", ".sln", ".cabal", ".gradle", ".gradle.kts", ".nix", ".podspec",
    ]
    private static let names: Set<String> = [
        "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml",
        "pnpm-workspace.yaml", ".pnpmfile.cjs", ".npmrc", ".yarnrc", ".yarnrc.yml", "bun.lock", "bun.lockb",
        "bunfig.toml", "lerna.json", "deno.json", "deno.lock", "pyproject.toml", "setup.py", "setup.cfg",
        "poetry.lock", "uv.lock", "pdm.lock", "pipfile", "pipfile.lock", "environment.yml",
        "environment.yaml",
        "conda-lock.yml", "tox.ini", "noxfile.py", "gemfile", "gemfile.lock", "rakefile", "cargo.toml",
        "cargo.lock", "build.rs", "go.mod", "go.sum", "go.work", "composer.json", "composer.lock", "mix.exs",
        "mix.lock", "pubspec.yaml", "pubspec.lock", "package.swift", "package.resolved", "podfile",
        "podfile.lock", "pom.xml", "gradlew", "mvnw", "gradle.properties", "makefile", "gnumakefile",
        "justfile",
        "taskfile.yml", "cmakelists.txt", "conanfile.txt", "conanfile.py", "vcpkg.json", "flake.lock",
        ".pre-commit-config.yaml", "lefthook.yml", "lefthook.yaml", ".overcommit.yml", ".envrc", "mise.toml",
        ".mise.toml", ".tool-versions", ".nvmrc", ".python-version", ".ruby-version", "rust-toolchain",
        "rust-toolchain.toml", "devbox.json", ".gitmodules", ".gitattributes", "stack.yaml", "build.sbt",
    ]
}
