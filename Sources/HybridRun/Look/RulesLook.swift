internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// What the user's settings and hooks ask of a commit.
struct RulesLook: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The folder whose hooks git runs where the user stands now, absolute.
    func hooksFolder() throws -> String { try hooksFolder(of: nil) }

    /// The same of another working tree; where the user stands where none is named.
    func hooksFolder(of worktree: String?) throws -> String {
        let cleaned = WorkerEnvironment.cleaned(host.environment)
        let root = (worktree ?? world.home).withoutFinalSlashes
        guard let path = try UserGit.hooksPath(in: root, environment: cleaned) else {
            return repository.commonDirectory + "hooks"
        }
        return GuardPath.joined(path, to: root)
    }

    /// The user's rules for the commits of a run.
    func rules(of run: RunRecord) throws -> CommitRules {
        let settings = try world.runSettings()
        let environment = run.withFilters(CommitRules.environment(from: host.environment))
        return CommitRules(
            hooks: try settings.hooksAreOff() || run.adoption?.isOfOthers == true
                ? nil : HookFiles(in: try run.hooks ?? hooksFolder(), root: repository.workingDirectory),
            isSigned: try settings.isSigned(), timeout: try settings.hookTimeout(),
            environment: environment)
    }
}

extension Inspection {
    /// All settings in effect where the user stands, by name as git lists them.
    func allSettings() throws -> [String: String] {
        try UserGit.settings(
            in: repository.workingDirectory ?? repository.commonDirectory,
            environment: WorkerEnvironment.cleaned(environment))
    }

    /// Settings that a run could not obey, and a signature that could not be made without a terminal.
    func unusableSettings() throws -> [(id: String, error: HybridError)] {
        let home = repository.workingDirectory ?? repository.commonDirectory
        let settings = RunSettings(try allSettings())
        var found = settings.refusals().map { (id: "setting", error: $0) }
        if (try? settings.isSigned()) == true {
            do throws(HybridError) {
                try SigningTrial.make(in: home, common: repository.commonDirectory, environment: environment)
            } catch {
                found.append(("signing", error))
            }
        }
        return found
    }
}

/// A commit signed for nothing, to see whether it can be done.
enum SigningTrial {
    /// How long signing may take, in seconds: a token may want to be touched.
    static let patience = 60.0

    /// Throws where git cannot sign a commit here without a terminal.
    static func make(
        in folder: String, common: String, environment: [String: String]
    ) throws(HybridError) {
        let objects = try TemporaryFolder.make("hybrid-signing", in: environment)
        // What cannot be removed lies in the folder for temporary files, where others clean up.
        defer { try? Files.remove(objects) }
        var settings = CommitRules.environment(from: environment)
        // Nothing of it is to be left in the repository.
        settings["GIT_OBJECT_DIRECTORY"] = objects
        settings["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = common + "objects"
        let answer: UserGit.Answer
        do {
            answer = try UserGit.ask(
                ["commit-tree", "-S", "-m", "May commits be signed?", "\(Repository.emptyTree)"], in: folder,
                environment: settings, timeout: patience)
        } catch {
            throw refusal("git did not sign: \(error.reason)")
        }
        if answer.code != 0 { throw refusal(answer.allWords) }
    }

    static func refusal(_ words: String) -> HybridError {
        HybridError(
            .signingFailed, "commit.gpgsign",
            "commits are to be signed, and signing one fails without a terminal: \(words)",
            next:
                "see it fail: git commit-tree -S -m trial \(Repository.emptyTree) </dev/null; or do without for "
                + "this repository: git config commit.gpgsign false")
    }
}
