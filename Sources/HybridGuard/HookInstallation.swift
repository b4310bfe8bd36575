package import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The guard as a repository's own hooks, beside what the user has.
///
/// Nothing that stands is changed; what is removed is exactly what was written here.
public struct HookInstallation {
    /// How one of git's hooks stands.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// There is none.
        case none
        /// It is the guard, as written here.
        case installed
        /// It is the user's own, and calls the guard.
        case called
        /// It is the user's own, and does not know of the guard.
        case other
    }

    /// One of git's hooks.
    public struct Hook: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its file, whether it is there or not.
        public var path: String
        /// How it stands.
        public var state: State
        /// The line that adds the guard to a hook of the user's.
        public var line: String

        package init(name: String, path: String, state: State, line: String) {
            self.name = name
            self.path = path
            self.state = state
            self.line = line
        }
    }

    /// The folder whose hooks git runs here.
    public let folder: String
    private let program: String

    /// Asks git for the hooks folder of the repository that holds `directory`.
    ///
    /// `program` is what the hooks call, by its absolute path. Throws outside a repository, and within a worker, whose
    /// hooks are its run's.
    public init(at directory: String, program: String, environment: [String: String]) throws {
        if let job = environment["HYBRID_JOB"], !job.isEmpty {
            throw HybridError(
                .wrongState, "hooks",
                "this is the environment of the worker \(neutralise(job)), which has the guard already",
                next: "type it in a shell of your own")
        }
        let repository = try Repository.holding(directory)
        let root = repository.workingDirectory ?? repository.gitDirectory
        let bare = root.withoutFinalSlashes
        let path = try UserGit.hooksPath(in: bare, environment: WorkerEnvironment.cleaned(environment))
        folder = path.map { GuardPath.joined($0, to: bare) } ?? repository.commonDirectory + "hooks"
        self.program = program
    }

    /// How the guarded hooks stand.
    public func hooks() throws -> [Hook] {
        try HookScripts.guarded.map { name in
            let path = folder + "/" + name
            let state: State =
                if let text = try text(path) {
                    isOurs(text, name) != nil
                        ? .installed : (text.contains("guard --hook \(name)") ? .called : .other)
                } else { GuardPath.exists(path) ? .other : .none }
            return Hook(
                name: name, path: path, state: state, line: HookScripts.line(name, program: program))
        }
    }

    /// Writes the guard where no hook stands; gives how all stand then.
    ///
    /// One written by an earlier place of the program is brought up to date.
    public func install() throws -> [Hook] {
        for hook in try hooks() {
            let madeFolder: Bool
            switch hook.state {
            case .other, .called: continue
            case .installed: madeFolder = try text(hook.path).flatMap { isOurs($0, hook.name) } ?? false
            case .none: madeFolder = try makeFolder()
            }
            let bytes = Array(script(hook.name, program, madeFolder: madeFolder).utf8)
            if hook.state == .installed, Files.read(hook.path) == bytes { continue }
            let isWritten = try DurableFile.put(
                bytes, to: hook.path, mode: 0o755, synced: true, replacing: hook.state == .installed)
            guard isWritten else {
                throw HybridError(
                    .changed, hook.path, "a hook came there meanwhile", next: "hybrid hooks show")
            }
        }
        return try hooks()
    }

    /// Removes what `install` wrote, and the folder where that made it; gives the paths.
    public func remove() throws -> [String] {
        var removed: [String] = []
        var madeFolder = false
        for hook in try hooks() where hook.state == .installed {
            if let made = try text(hook.path).flatMap({ isOurs($0, hook.name) }) {
                try DurableFile.remove(hook.path)
                removed.append(hook.path)
                madeFolder = madeFolder || made
            }
        }
        if madeFolder { Files.removeEmptyFolder(folder) }
        return removed
    }

    // MARK: Parts

    private static let made = "# Its folder was made with it, and goes with the last hook in it.\n"

    private func script(_ name: String, _ program: String, madeFolder: Bool) -> String {
        let text = HookScripts.git(name, program: program)
        let mark = HookScripts.mark(name) + "\n"
        return madeFolder ? text.replacing(mark, with: mark + Self.made) : text
    }

    /// Whether a script is one of ours to the last byte, for whatever program; then whether its folder came with it.
    private func isOurs(_ text: String, _ name: String) -> Bool? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("hybrid=") }) else {
            return nil
        }
        var word = String(line.dropFirst(7))
        if word.hasPrefix("'"), word.hasSuffix("'"), word.count > 1 {
            word = String(word.dropFirst().dropLast()).replacing("'\\''", with: "'")
        }
        return [false, true].first { script(name, word, madeFolder: $0) == text }
    }

    /// A file's text; nil where it is none.
    private func text(_ path: String) throws -> String? {
        guard !Files.isFolder(path), let bytes = Files.read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes the hooks folder; false where it is there already.
    private func makeFolder() throws(HybridError) -> Bool {
        if unsafe mkdir(folder, 0o777) == 0 { return true }
        guard errno == EEXIST else {
            throw HybridError(
                .notWritable, folder, "the hooks folder cannot be made: \(SystemError())",
                next: "make it, or correct core.hooksPath")
        }
        return false
    }
}

/// How the guarded hooks stand, with the folder whose hooks git runs.
package struct HooksAnswer: Answer {
    let folder: String
    let hooks: [HookInstallation.Hook]

    package init(folder: String, hooks: [HookInstallation.Hook]) {
        self.folder = folder
        self.hooks = hooks
    }

    package static let schemaName = "hooks"
    package static let schemaUse = "hooks show: which hooks git runs here"
    package static let jsonFields: [Field<HooksAnswer>] = [
        Field("folder", "The folder whose hooks git runs here.", \.folder),
        Field("hooks", "The guarded hooks.", \.hooks),
    ]
}

extension HookInstallation.State: DescribedWord {}

extension HookInstallation.Hook: DescribedObject {
    package static let jsonFields: [Field<HookInstallation.Hook>] = [
        Field("hook", "Its name.", \.name),
        Field("path", "Its file, whether it is there or not.", \.path),
        Field("state", "How it stands.", \.state),
        Field("line", "The line that adds the guard to a hook of the user's.", \.line),
    ]
}
