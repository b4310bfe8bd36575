internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Converts files by the user's own git, with the drivers that stood before any worker began.
struct UserFilters: FileFilters {
    private let environment: [String: String]

    /// The longest that a checkout or the storing of files may take, in seconds: content may have to be fetched.
    private static let patience = 3600.0
    /// So many paths stand on one command line.
    private static let atOnce = 500
    /// Of so many paths git is not told each: it would compare each with each.
    private static let named = 1000

    /// Has HybridGit convert files in this process.
    static func install(_ environment: [String: String]) {
        Repository.convertFiles(by: UserFilters(environment: environment))
    }

    private init(environment: [String: String]) {
        var cleaned = CommitRules.environment(from: environment)
        WorkerEnvironment.append("core.hooksPath", "/dev/null", to: &cleaned)
        WorkerEnvironment.append("core.fsmonitor", "false", to: &cleaned)
        self.environment = cleaned
    }

    // MARK: Which drivers

    func drivers(of repository: Repository, registration: String?) throws(GitError) -> FilterDrivers {
        let root = repository.workingDirectory ?? repository.commonDirectory
        do {
            let name = registration ?? Self.registration(of: repository)
            let known = try known(repository, of: name.flatMap { RunNames.parse(registration: $0)?.run })
            let now = FilterSettings.drivers(
                in: try UserGit.settings(in: root, environment: environment))
            return Self.judge(now, known)
        } catch let error as GitError {
            throw error
        } catch {
            let told = HybridError.told(error, about: root)[0]
            throw GitError(
                .unsupported, operation: "read filters of", subject: told.thing, reason: told.reason)
        }
    }

    private static func registration(of repository: Repository) -> String? {
        repository.gitDirectory == repository.commonDirectory
            ? nil : repository.gitDirectory.withoutFinalSlashes.pathName.description
    }

    /// What runs noted of the drivers: the one whose worktree it is, or else each that is not over.
    private func known(
        _ repository: Repository, of id: RunID?
    ) throws -> [[String: KnownFilter]] {
        guard Files.exists(try RunPaths(of: repository).ledger) else { return [] }
        let host = Host(environment: environment, executor: LocalExecutor(supervisor: []))
        let place = repository.workingDirectory ?? repository.commonDirectory
        let runs = try RunStore(at: place, host: host, onlyIfThere: true).ledger.runs()
        if let id, let run = runs.first(where: { $0.id == id }) { return [run.filters].compactMap { $0 } }
        return runs.filter(\.state.isOpen).compactMap(\.filters)
    }

    /// What is not as each of the runs knows it is somebody else's, perhaps a worker's.
    static func judge(
        _ now: [String: [String: String]], _ known: [[String: KnownFilter]]
    ) -> FilterDrivers {
        var drivers = FilterDrivers()
        for (name, values) in now.sorted(by: { $0.key < $1.key }) {
            // A driver that came since is none.
            guard known.allSatisfy({ $0[name] != nil }) else { continue }
            let notes = known.compactMap { $0[name] }
            if notes.contains(where: { $0.values != values }) {
                drivers.refused[name] = "the settings of that filter were changed since the run began"
            } else if notes.contains(where: { !$0.isInUse }) {
                drivers.refused[name] =
                    "that filter is set in the repository only, and no file went through it before the run"
            } else {
                drivers.running.insert(name)
                drivers.settings += Self.settings(name, values)
            }
        }
        return drivers
    }

    /// What says to git which driver this is.
    static func settings(_ name: String, _ values: [String: String]) -> [FilterDrivers.Setting] {
        values.sorted { $0.key < $1.key }.map {
            FilterDrivers.Setting("filter.\(name).\($0.key)", $0.value)
        }
    }

    /// Has git see settings, whatever its configuration says of them by then.
    static func append(_ settings: [FilterDrivers.Setting], to environment: inout [String: String]) {
        for setting in settings { WorkerEnvironment.append(setting.key, setting.value, to: &environment) }
    }

    // MARK: What git does

    func checkOut(
        _ paths: [RepoPath], in root: String, index: String, _ drivers: FilterDrivers
    ) throws(GitError) {
        let list = index + ".paths"
        var words = ["--literal-pathspecs", "checkout", "-q", "--no-recurse-submodules"]
        if paths.count > Self.named {
            words += ["--", "."]
        } else {
            try attempt("write", list) {
                try DurableFile.put(
                    paths.flatMap { $0.bytes + [0] }, to: list, mode: 0o600, synced: false, replacing: true)
            }
            words += ["--pathspec-file-nul", "--pathspec-from-file=" + list]
        }
        let answer = try ask(words, [], root, drivers, index: index)
        try attempt("remove", list) { try Files.remove(list) }
        guard answer.code == 0 else { throw failure("write", answer, paths, root) }
    }

    func stored(
        _ paths: [RepoPath], in root: String, keeps: Bool, _ drivers: FilterDrivers
    ) throws(GitError) -> [ObjectID] {
        var ids: [ObjectID] = []
        for start in stride(from: 0, to: paths.count, by: Self.atOnce) {
            let some = paths[start..<min(start + Self.atOnce, paths.count)]
            let answer = try ask(["hash-object"] + (keeps ? ["-w"] : []) + ["--"], some, root, drivers)
            let found = answer.text.split(separator: "\n").compactMap { ObjectID(hex: String($0)) }
            guard answer.code == 0, found.count == some.count else {
                throw failure("store", answer, Array(some), root)
            }
            ids += found
        }
        return ids
    }

    private func ask(
        _ words: [String], _ paths: ArraySlice<RepoPath>, _ root: String, _ drivers: FilterDrivers,
        index: String? = nil
    ) throws(GitError) -> UserGit.Answer {
        var environment = environment
        environment["GIT_INDEX_FILE"] = index
        Self.append(drivers.settings, to: &environment)
        do throws(HybridError) {
            return try UserGit.ask(
                words, paths: paths, in: root, environment: environment, timeout: Self.patience)
        } catch {
            throw GitError(.unsupported, operation: "convert files in", subject: root, reason: error.reason)
        }
    }

    private func attempt(_ deed: String, _ file: String, _ body: () throws -> Void) throws(GitError) {
        do {
            try body()
        } catch {
            throw GitError(.other, operation: deed, subject: file, reason: "\(error)")
        }
    }

    /// Names the file of which git spoke, and what it said.
    private func failure(
        _ deed: String, _ answer: UserGit.Answer, _ paths: [RepoPath], _ root: String
    ) -> GitError {
        // The last line names the file, those before it the program.
        let said = answer.lastWords
        let path =
            paths.count == 1
            ? paths[0]
            : paths.first { said.contains(" \($0.text): ") || said.contains("'\($0.text)'") }
        var error = GitError(
            .unsupported, operation: "\(deed) the filtered file",
            subject: path?.description ?? "in \(root)",
            reason: "git could not \(deed) it: \(said)")
        let shown = path?.text ?? "PATH"
        error.next =
            said.contains("filter lfs failed")
            ? "git lfs fetch, or leave such files as pointers: GIT_LFS_SKIP_SMUDGE=1 before the command"
            : deed == "write"
                ? "see it fail: git cat-file --filters \(ShellWord.bare("HEAD:" + shown))"
                : "see it fail: git -C \(ShellWord.bare(root)) hash-object -- \(ShellWord.bare(shown))"
        return error
    }
}

extension RunRecord {
    /// An environment in which git runs filters as they stood before any worker began.
    func withFilters(_ environment: [String: String]) -> [String: String] {
        var result = environment
        for (name, filter) in (filters ?? [:]).sorted(by: { $0.key < $1.key }) where filter.isInUse {
            UserFilters.append(UserFilters.settings(name, filter.values), to: &result)
        }
        return result
    }
}
