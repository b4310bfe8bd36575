import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `hybrid merge-tree`.
struct MergeTreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge-tree",
        abstract: "Merges commits in memory and prints what git merge-tree --write-tree prints.",
        usage: """
            hybrid merge-tree [<options>] <commit> <commit>
            hybrid merge-tree [<options>] --stdin
            """,
        discussion: """
            Takes two commits, or with --stdin a line "A B" for each merge, and answers in git's own format, byte for byte: \
            the merged tree, the conflicted versions, the messages. No branch, index or file is touched; the new objects are \
            written as packs, so that the trees can be used. Attributes come from $GIT_DIR/info/attributes and your own \
            files, as in a bare repository, and from a tree with --attr-source. Merge drivers that they name are run where your \
            own git configuration defines them, never the repository's. Exits 0 for a clean merge, 1 for a conflict; \
            with --stdin always 0, as git does.
            """)

    @Argument(help: .init("The two commits to merge.", valueName: "commit")) var commits: [String] = []
    @Flag(
        help: "Read a line \"A B\" for each merge; implies -z and puts the verdict in front: 1 clean, 0 not.")
    var stdin = false
    @Flag(name: .customShort("z"), help: "End paths and sections with NUL instead of quoting and newlines.")
    var terminated = false
    @Flag(help: "List conflicted paths without modes, ids and stages.") var nameOnly = false
    @Flag(inversion: .prefixedNo, help: "Print the messages; without either flag only for conflicts.")
    var messages: Bool?
    @Flag(help: "Merge histories without a common commit too.") var allowUnrelatedHistories = false
    @Option(help: .init("Read .gitattributes from this commit or tree.", valueName: "tree"))
    var attrSource: String?
    @Option(
        help: .init(
            "Answer as this version of git does, such as 2.39.5, where the newest came to differ.",
            valueName: "version"))
    var asGit: String?
    @Flag(help: "Leave the new objects in memory: nothing is written, and the trees cannot be read.")
    var noWrite = false

    func validate() throws {
        if stdin != commits.isEmpty || !stdin && commits.count != 2 {
            throw ValidationError("give two commits, or --stdin")
        }
        if let asGit, GitRules(version: asGit) == nil {
            throw ValidationError(
                "--as-git: \"\(asGit)\" is no version of git from \(GitRules.oldest) on, such as 2.39.5")
        }
    }

    func run() throws {
        try reporting {
            try prepareForMerges()
            let repository = try Repository.holding(".")
            let attributes = try attrSource.map(repository.resolveTree)
            let environment = processEnvironment()
            let directory = repository.gitDirectory
            let allowsUnrelatedHistories = allowUnrelatedHistories
            let rules = asGit.flatMap { GitRules(version: $0) } ?? .newest
            let crew = try MergeCrew(stdin ? OwnProgram.mergeThreads() : 1) {
                try MergeEngine.ofUser(
                    at: directory, attributesOf: attributes, environment: environment, warn: warn
                ) {
                    $0.allowsUnrelatedHistories = allowsUnrelatedHistories
                    $0.rules = rules
                }
            }
            let session = MergeTreeSession(
                crew: crew, writes: !noWrite,
                format: MergeAnswer.Format(
                    withVerdict: stdin, isTerminated: stdin || terminated, namesOnly: nameOnly,
                    messages: messages))
            if stdin { return try session.answerLines() }
            let isClean = try session.answer([Array("\(commits[0]) \(commits[1])".utf8)[...]])
            try session.flush()
            if !isClean { throw Exit.no }
        }
    }
}

/// One merge that was asked for.
private struct MergeQuestion: Sendable {
    var ours: [UInt8]
    var theirs: [UInt8]

    /// Reads a line "A B".
    init(_ line: ArraySlice<UInt8>) throws {
        let names = line.split(separator: 32, omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else {
            throw HybridError(
                .invalidArgument, "line \"\(String(decoding: line, as: UTF8.self))\"",
                "it is not two commits with a space between", next: "write a line \"A B\" for each merge")
        }
        ours = Array(names[0])
        theirs = Array(names[1])
    }
}

private struct PrintedAnswer: Sendable {
    var bytes: [UInt8]
    var isClean: Bool
    /// Lines for stderr.
    var remarks: [String]
}

/// Answers merges in order, many at a time on all cores.
private final class MergeTreeSession {
    private let crew: MergeCrew
    private let writes: Bool
    private let format: MergeAnswer.Format
    private var out: [UInt8] = []

    /// As many bytes of output, or of new objects for each engine, as may wait.
    private static let mostWaiting = 16 << 20

    init(crew: MergeCrew, writes: Bool, format: MergeAnswer.Format) {
        self.crew = crew
        self.writes = writes
        self.format = format
    }

    /// Answers lines of stdin until it ends.
    ///
    /// Before it waits for more, what was answered is out and its objects are written: a program can ask, read the
    /// answer, use the tree, and ask again.
    func answerLines() throws {
        var pending: [UInt8] = []
        while true {
            if !isMoreWaiting() || out.count > Self.mostWaiting { try flush() }
            let part = try readPart()
            if part.isEmpty { break }
            pending += part
            let end = pending.lastIndex(of: 10).map { $0 + 1 } ?? 0
            if end > 0 {
                _ = try answer(
                    pending[..<(end - 1)].split(separator: 10, omittingEmptySubsequences: false))
            }
            pending.removeSubrange(..<end)
        }
        if !pending.isEmpty { _ = try answer([pending[...]]) }
        try flush()
    }

    /// Answers some lines; true when all merges were clean.
    func answer(_ lines: [ArraySlice<UInt8>]) throws -> Bool {
        var questions: [MergeQuestion] = []
        var failure: (any Error)?
        for line in lines {
            do {
                questions.append(try MergeQuestion(line))
            } catch {
                failure = error
                break
            }
        }
        let (format, writes) = (format, writes)
        announce(questions)
        var isClean = true
        for answer in try crew.answer(questions, { Self.ask($0, $1, format, writes: writes) }) {
            do {
                let answer = try answer.get()
                out += answer.bytes
                isClean = isClean && answer.isClean
                answer.remarks.forEach { say($0) }
            } catch {
                failure = error
                break
            }
        }
        if let failure {
            // What was answered before stays answered.
            try flush()
            throw failure
        }
        return isClean
    }

    /// Merges one after the other, until one fails.
    private static func ask(
        _ engine: MergeEngine, _ questions: [MergeQuestion], _ format: MergeAnswer.Format, writes: Bool
    ) -> [Result<PrintedAnswer, any Error>] {
        var answers: [Result<PrintedAnswer, any Error>] = []
        do {
            for question in questions {
                let answer = try engine.merge(
                    ours: try commit(question.ours, engine.store.repository),
                    theirs: try commit(question.theirs, engine.store.repository),
                    labels: MergeLabels(ours: question.ours, theirs: question.theirs))
                answers.append(
                    .success(
                        PrintedAnswer(
                            bytes: format.bytes(answer), isClean: answer.isCleanForGit,
                            remarks: try remarks(answer, engine.store.repository))))
                if engine.store.writtenBytes > mostWaiting { try keep(engine, writes: writes) }
            }
        } catch {
            while answers.count < questions.count { answers.append(.failure(error)) }
        }
        return answers
    }

    /// Looks for the merge bases of all questions at once; names that are none are told when it is their turn.
    private func announce(_ questions: [MergeQuestion]) {
        guard questions.count > 1 else { return }
        let repository = crew.first.store.repository
        crew.announce(
            questions.compactMap { question in
                guard let ours = try? Self.commit(question.ours, repository),
                    let theirs = try? Self.commit(question.theirs, repository)
                else { return nil }
                return (ours, theirs)
            })
    }

    /// What stands beside an answer: warnings of hybrid's own, and git's hints where the user has not turned them off.
    private static func remarks(_ answer: MergeAnswer, _ repository: Repository) throws -> [String] {
        var lines = answer.warnings.map { "hybrid: " + $0 }
        if !answer.hints.isEmpty, try repository.configBool("advice.submodulemergeconflict") ?? true {
            lines += answer.hints.map { "hint: " + $0 }
            lines.append("hint: to turn this off: git config advice.submoduleMergeConflict false")
        }
        return lines
    }

    private static func commit(_ name: [UInt8], _ repository: Repository) throws -> ObjectID {
        let text = String(decoding: name, as: UTF8.self)
        if let id = ObjectID(hex: text), try repository.hasCommit(id) { return id }
        return try repository.resolveCommit(text)
    }

    private static func keep(_ engine: MergeEngine, writes: Bool) throws {
        if writes { try engine.store.save() } else { engine.forgetNewObjects() }
    }

    /// Writes the new objects, then the answers that name them.
    func flush() throws {
        try crew.forEach { try Self.keep($0, writes: writes) }
        try writeOut(out)
        out = []
    }
}

/// Sets the process up for questions that merge much and move nothing.
func prepareForMerges() throws {
    try Repository.trustObjects()
    try Repository.limitMemory()
}

/// Whether stdin has something to read, or has ended.
private func isMoreWaiting() -> Bool {
    var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&descriptor, 1, 0) > 0
}

private func readPart() throws -> [UInt8] {
    while true {
        var failed = false
        let part = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            let got = unsafe read(0, buffer.baseAddress, 1 << 16)
            failed = got < 0
            count = max(0, got)
        }
        if !failed { return part }
        guard errno == EINTR else {
            throw HybridError(
                .unreadable, "stdin", "it cannot be read: \(unsafe String(cString: strerror(errno)))",
                next: "check the pipe")
        }
    }
}

/// Writes bytes to stdout, all of them.
func writeOut(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw HybridError(
                .notWritable, "stdout", "it cannot be written: \(unsafe String(cString: strerror(errno)))",
                next: "check who reads it")
        }
        rest = rest.dropFirst(count)
    }
}
