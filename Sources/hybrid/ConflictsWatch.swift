import HybridCore
import HybridGit
import HybridMerging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension LiveConflicts {
    /// Conflicts in a repository, merged as its settings say, and the plan's policies for hot files first.
    static func make(
        in repository: Repository, base: ObjectID? = nil, judge: Judge? = nil, hot: [HotFile] = [],
        remembers: Bool,
        members: @escaping () throws -> [LiveMember]
    ) -> LiveConflicts {
        let directory = repository.gitDirectory
        let environment = processEnvironment()
        return LiveConflicts(
            in: repository, base: base, judge: judge, hot: hot, threads: OwnProgram.mergeThreads(),
            remembers: remembers, members: members
        ) { attributes in
            try MergeEngine.ofUser(
                at: directory, attributesOf: attributes, environment: environment, warn: warn
            ) { $0.follow(hot) }
        }
    }

    /// Conflicts among the workers of a run, as they lie in their worktrees.
    static func ofRun(_ run: RunID, _ context: RunContext, remembers: Bool) throws -> LiveConflicts {
        let hot = try context.runs.plan(of: context.runs.run(run)).hot
        return make(in: try Repository.holding("."), hot: hot, remembers: remembers) {
            try LiveMembers(context).liveWorkers(of: run)
        }
    }
}

extension ConflictsRequest {
    /// What is asked, with the worktrees whose edits count.
    func liveConflicts(
        _ members: [ConflictMatrix.Branch], _ hint: ObjectID?, _ repository: Repository
    ) throws -> LiveConflicts {
        if stdin || !branches.isEmpty {
            let (live, watch) = (live, watch)
            let names = members.map(\.name)
            return .make(in: repository, base: hint, remembers: watch) {
                // Asked once, and nothing but commits counts: they are known already.
                if !live, !watch { return members.map(LiveMember.init) }
                return try LiveMember.named(names, in: repository, live: live)
            }
        }
        let context = try context()
        let record = try context.runs.run(runID)
        let committed = committed
        return .make(
            in: repository, base: hint,
            judge: { try ComparableWorkers(context).conflictClaims(of: record.id, $0, lent: $1) },
            hot: try context.runs.plan(of: record).hot, remembers: watch
        ) {
            var workers = try LiveMembers(context).liveWorkers(of: record.id)
            if committed { for index in workers.indices { workers[index].worktree = nil } }
            return workers
        }
    }

    /// Prints the answer each time it changes, until somebody ends that.
    func keepCurrent(_ live: LiveConflicts) throws -> ConflictReport {
        let stop = try StopSignal.descriptor()
        let watch = LiveWatch(live, makeChangeWatcher())
        let redraws = !json && isatty(1) == 1
        var report = try watch.first()
        if watch.polled > 0 {
            say(
                "hybrid: \(watch.polled) folders are beyond this system's limit of watches"
                    + " (fs.inotify.max_user_watches) and are looked at every few seconds")
        }
        var printed: String?
        while true {
            let text = redraws ? screen(report) : try record(report)
            if text != printed {
                try writeOut(Array((redraws ? "\u{1B}[H\u{1B}[2J" + text : text).utf8))
                printed = text
            }
            guard let next = try watch.next(stop: stop) else { return report }
            report = next
        }
    }

    private func screen(_ report: ConflictReport) -> String {
        let parts =
            [report.text(touching: touching, all: all), report.liveText()]
            + (suggest ? [report.suggestionText()] : [])
        return neutraliseLines(parts.filter { !$0.isEmpty }.joined(separator: "\n\n")) + "\n"
    }

    private func record(_ report: ConflictReport) throws -> String {
        if json { return rendered(ConflictAnswer(report, touching: touching), asLine: true) + "\n" }
        return neutraliseLines(report.line()) + "\n"
    }
}

/// Turns the signals that end a program into something that can be waited for.
enum StopSignal {
    // Written before the handler can run, and only read in it.
    nonisolated(unsafe) private static var writer: Int32 = -1

    /// A descriptor that can be read once a signal came; a second signal ends the program at once.
    static func descriptor() throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw HybridError("watch", "no pipe could be made", next: "close other programs")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        unsafe writer = ends[1]
        // Whoever started this program may have blocked them.
        var wanted = sigset_t()
        unsafe sigemptyset(&wanted)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&wanted, number) }
        _ = unsafe pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                var byte: UInt8 = 0
                _ = unsafe write(StopSignal.writer, &byte, 1)
                signal(number, SIG_DFL)
            }
        }
        return ends[0]
    }
}
