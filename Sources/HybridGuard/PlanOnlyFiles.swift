internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
internal import HybridSystem

/// Files that decide what is run and what counts as proof: hooks, continuous integration, and what verifies the work.
///
/// The plan may give them to a job. A worker that asks while it works does not get them, nor are they among what a wider
/// pattern gives it: who is checked does not choose the check.
package struct PlanOnlyFiles {
    /// Some of them, and what they are.
    private struct Kind {
        var words: String
        var claims: [Claim]

        init(_ words: String, _ paths: [String]) {
            self.words = words
            claims = paths.map { Claim(path: $0) }
        }
    }

    private let kinds: [Kind]
    private let set: ClaimSet

    /// Those of a plan; `isThere` tells what stands in the tree that its workers start from.
    package init(_ plan: Plan, isThere: (String) throws -> BaseEntry?) rethrows {
        let verify = try Self.files(of: plan.verify + plan.jobs.flatMap(\.verify), isThere)
        kinds = [
            Kind("a hook, or says which hooks run", Self.hooks),
            Kind("a file of continuous integration", Self.integration),
            Kind("a file that verify commands run or obey", Self.runners + verify),
        ]
        set = ClaimSet(ofBothReadings: kinds.flatMap(\.claims))
    }

    /// Whether a path is one of them.
    package func covers(_ path: String) -> Bool { set.covers(path) != nil }

    /// What is asked for of them by name, in words; nil for a pattern or a folder that only happens to hold such files.
    ///
    /// Of a pattern its folder counts, `.github` of `.github/**`; from what is wider they are taken out by the audit.
    package func refusal(of path: String, isLiteral: Bool) -> String? {
        var named = path
        if !isLiteral, PathPattern.hasWildcard(path) {
            named = path.split(separator: "/").prefix { !PathPattern.hasWildcard(String($0)) }
                .joined(separator: "/")
        }
        if named.isEmpty { return nil }
        for kind in kinds {
            // What may lie anywhere could lie in every folder.
            let asked = kind.claims.filter { claim in
                !claim.path.hasPrefix("**/") || PathPattern(claim.path, isLiteral: false).matches(named)
            }
            if let met = ClaimMeeting.first(named, isLiteral: true, asked) {
                return "\(RepoPath(met.witness)) is \(kind.words)"
            }
        }
        return nil
    }

    private static let hooks = [
        ".husky", ".githooks", ".git-hooks", ".hooks", ".pre-commit-config.yaml", ".pre-commit-config.yml",
        ".pre-commit-hooks.yaml", "lefthook.*", ".lefthook.*", ".lefthook", "lefthook-local.*",
        ".overcommit.yml", "prek.toml", "hk.pkl", ".gitleaks.toml", ".gitleaksignore", ".secrets.baseline",
        ".gitguardian.y*ml", ".talismanrc", ".gitallowed", ".trufflehog.y*ml", ".gitlint",
        ".huskyrc*", ".lintstagedrc*", "lint-staged.config.*", ".commitlintrc*", "commitlint.config.*",
        ".claude/settings*.json", ".claude/hooks", ".codex", ".cursor/hooks*", ".gemini/settings.json",
        ".qwen/settings.json", ".github/hooks", ".clinerules/hooks", ".mcp.json",
    ]

    private static let integration = [
        ".github/workflows", ".github/actions", ".gitlab-ci.yml", ".gitlab-ci.yaml", ".gitlab",
        "Jenkinsfile*",
        ".circleci", ".travis.yml", "azure-pipelines*", ".azure-pipelines", "bitbucket-pipelines.yml",
        ".drone.yml", ".woodpecker*", ".buildkite", "appveyor.yml", ".appveyor.yml", ".cirrus.*", ".teamcity",
        ".semaphore", "cloudbuild.*", ".gitea/workflows", ".forgejo/workflows", ".tekton", "buildspec.y*",
    ]

    /// What test runners read wherever it lies.
    private static let runners = [
        "pytest.ini", ".pytest.ini", "conftest.py", "tox.ini", "noxfile.py", "jest.config.*", "jest.setup.*",
        "vitest.config.*", "vitest.workspace.*", "playwright.config.*", "cypress.config.*", "karma.conf.*",
        ".mocharc*", "ava.config.*", "phpunit.xml*", ".rspec", ".coveragerc", ".nycrc*", "nextest.toml",
    ].map { "**/" + $0 }

    /// What a program of a verify command reads to know what it has to run.
    private static let read: [(programs: Set<String>, files: [String])] = [
        (["make", "gmake"], ["Makefile", "makefile", "GNUmakefile"]),
        (["just"], ["justfile", "Justfile", ".justfile"]),
        (["task"], ["Taskfile.y*ml"]), (["rake", "bundle"], ["Rakefile"]),
        (["npm", "npx", "yarn", "pnpm", "bun", "node", "jest", "vitest"], ["package.json"]),
        (
            ["python", "python3", "pytest", "tox", "nox", "uv", "poetry", "hatch", "ruff", "mypy"],
            ["pyproject.toml", "setup.cfg"]
        ),
        (["cargo"], ["Cargo.toml", ".cargo", "build.rs"]), (["swift"], ["Package.swift"]),
        (["go"], ["go.mod"]), (["mvn", "mvnw"], ["pom.xml"]), (["ctest", "cmake"], ["**/CMakeLists.txt"]),
        (["gradle", "gradlew"], ["build.gradle*", "settings.gradle*", "gradle.properties"]),
        (["deno"], ["deno.json*"]), (["dotnet"], ["*.sln", "Directory.Build.*"]), (["mix"], ["mix.exs"]),
        (["bazel", "bazelisk"], ["WORKSPACE*", "MODULE.bazel", ".bazelrc"]),
    ]

    /// The files that commands name, and those that their programs read.
    private static func files(
        of commands: [Command], _ isThere: (String) throws -> BaseEntry?
    ) rethrows -> [String] {
        var found: [String] = []
        for word in Set(commands.flatMap(words)).sorted() {
            let program = word.split(separator: "/").last.map(String.init) ?? word
            for known in read where known.programs.contains(program) { found += known.files }
            guard case .success(let path) = PathRules.normalised(word) else { continue }
            switch try isThere(path) {
            case .file?, .symlink?: found.append(path)
            // A folder of tests is what is run; one of sources is what is tested.
            case .directory? where ["test", "spec", "e2e"].contains(where: program.lowercased().contains):
                found.append(path)
            default: break
            }
        }
        return found
    }

    /// The words of a command, without a shell's punctuation.
    private static func words(_ command: Command) -> [String] {
        let punctuation = Set(" \t\n;&|()<>\"'`$={},")
        let texts: [String] =
            switch command {
            case .shell(let text): [text]
            case .argv(let words): words
            }
        return texts.flatMap { $0.split(whereSeparator: punctuation.contains).map(String.init) }
            .filter { !$0.hasPrefix("-") }
    }
}
