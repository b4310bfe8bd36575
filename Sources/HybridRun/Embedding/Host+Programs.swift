public import HybridBase
internal import HybridSystem
internal import HybridUserGit

/// Where a program gets its supervisors from.
extension Host {
    /// A host whose workers are supervised by the running program itself, called once more for each.
    ///
    /// The program's first line is ``Supervisor/runIfAsked()``; where it was not, this throws `HybridError`, because the
    /// program would begin its work anew in place of supervising. Workers have no hooks then, which only `hybrid`
    /// answers (``using(_:narrate:)``): nothing tells them while they write that a path is not theirs, and the audit finds
    /// it when they have ended. `narrate` hears what happens, for people.
    ///
    /// ```swift
    /// Supervisor.runIfAsked()
    /// let host = try Host.itself { if case .note(let text) = $0 { print(text) } }
    /// ```
    public static func itself(
        narrate: @escaping @Sendable (Narration) -> Void = { _ in }
    ) throws(HybridError) -> Host {
        let path = try OwnProgram.path()
        guard Supervisor.isAnswering else {
            throw HybridError(
                .wrongState, path, "it cannot supervise workers: it would begin its work anew instead",
                next: "make its first line Supervisor.runIfAsked(), or name a hybrid: Host.using(\"hybrid\")")
        }
        return Host(
            environment: processEnvironment(),
            executor: LocalExecutor(supervisor: [path, Supervisor.callWord]), isWatched: false,
            narrate: narrate)
    }

    /// A host whose workers are supervised by an installed `hybrid`, which also answers for their hooks.
    ///
    /// A name without `/` is looked up on `PATH`. Throws `HybridError` where there is no such program, or where it is no
    /// `hybrid` that this library can work with.
    ///
    /// ```swift
    /// let host = try Host.using("/usr/local/bin/hybrid")
    /// ```
    public static func using(
        _ program: String = "hybrid", narrate: @escaping @Sendable (Narration) -> Void = { _ in }
    ) throws(HybridError) -> Host {
        let environment = processEnvironment()
        let found = ProcessTree.find(program, path: ProcessTree.searchPath(environment), directory: ".")
        guard let found, let path = OwnProgram.absolute(found) else {
            throw HybridError(
                .programMissing, program,
                "it is not \(program.lastSlash == nil ? "on PATH" : "there"), and workers need a supervisor",
                next: "install hybrid, or name it by its full path")
        }
        try refuseOther(program, at: path, environment)
        return Host(
            environment: environment, executor: LocalExecutor(supervisor: [path, "worker", "--spec"]),
            program: path, isWatched: false, narrate: narrate)
    }

    /// Throws where a program is no hybrid whose supervisors read what this library writes.
    private static func refuseOther(
        _ program: String, at path: String, _ environment: [String: String]
    ) throws(HybridError) {
        func refused(_ reason: String) -> HybridError {
            HybridError(
                .programFailed, program, reason,
                next: "name the program that was built with this library: its `worker --protocol` answers "
                    + "\"\(Supervisor.greeting)\"")
        }
        let words = [path, "worker", "--protocol"].map { Array($0.utf8) }
        let ended: ChildProcess.Ended
        do throws(ChildProcess.Failure) {
            ended = try ChildProcess.run(
                words, in: "/", environment: environment, timeout: 30, keeping: .start(1 << 12),
                errorsApart: true)
        } catch {
            switch error {
            case .notStarted(let why): throw refused("it cannot be started: \(why)")
            case .timedOut: throw refused("it does not answer whether it supervises workers")
            case .signalled(let signal, _): throw refused("it was ended by signal \(signal)")
            case .unknown(let why): throw refused("it cannot be asked whether it supervises workers: \(why)")
            }
        }
        guard ended.code == 0, ended.output == Array((Supervisor.greeting + "\n").utf8) else {
            throw refused("it is no hybrid that this program can have its workers supervised by")
        }
    }
}
