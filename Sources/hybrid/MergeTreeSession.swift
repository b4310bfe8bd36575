import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One merge that was asked for.
struct MergeQuestion: Sendable {
    /// The base to take instead of the sides' own merge bases; sides may be trees then.
    var base: [UInt8]?
    var ours: [UInt8]
    var theirs: [UInt8]

    init(base: [UInt8]? = nil, ours: [UInt8], theirs: [UInt8]) {
        (self.base, self.ours, self.theirs) = (base, ours, theirs)
    }

    /// Reads a line "A B" or "BASE -- A B".
    init(_ line: ArraySlice<UInt8>) throws {
        var names = line.split(separator: 32, omittingEmptySubsequences: false)
        if names.count == 4, names[1].elementsEqual("--".utf8) {
            base = Array(names[0])
            names.removeFirst(2)
        }
        guard names.count == 2, base?.isEmpty != true, !names[0].isEmpty, !names[1].isEmpty else {
            throw HybridError(
                .invalidArgument, "line \"\(String(decoding: line, as: UTF8.self))\"",
                "it is not two commits with a space between, nor a base, \"--\" and two",
                next: "write a line \"A B\" or \"BASE -- A B\" for each merge")
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
final class MergeTreeSession {
    private let crew: MergeCrew
    private let writes: Bool
    /// How answers are printed; nil for not at all.
    private let format: MergeAnswer.Format?
    private var out: [UInt8] = []

    /// As many bytes of output, or of new objects for each engine, as may wait.
    private static let mostWaiting = 16 << 20

    init(crew: MergeCrew, writes: Bool, format: MergeAnswer.Format?) {
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
        return try answer(questions, failure: failure)
    }

    /// Answers some questions; true when all merges were clean.
    ///
    /// `failure` is what came behind them.
    func answer(_ questions: [MergeQuestion], failure: (any Error)? = nil) throws -> Bool {
        var failure = failure
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
        _ engine: MergeEngine, _ questions: [MergeQuestion], _ format: MergeAnswer.Format?, writes: Bool
    ) -> [Result<PrintedAnswer, any Error>] {
        var answers: [Result<PrintedAnswer, any Error>] = []
        do {
            for question in questions {
                let answer = try merge(question, engine)
                answers.append(
                    .success(
                        PrintedAnswer(
                            bytes: format?.bytes(answer) ?? [], isClean: answer.isCleanForGit,
                            remarks: format == nil ? [] : try remarks(answer, engine.store.repository))))
                if engine.store.writtenBytes > mostWaiting { try keep(engine, writes: writes) }
            }
        } catch {
            while answers.count < questions.count { answers.append(.failure(error)) }
        }
        return answers
    }

    private static func merge(_ question: MergeQuestion, _ engine: MergeEngine) throws -> MergeAnswer {
        let repository = engine.store.repository
        let labels = MergeLabels(ours: question.ours, theirs: question.theirs, base: question.base)
        guard let base = question.base else {
            return try engine.merge(
                ours: try commit(question.ours, repository), theirs: try commit(question.theirs, repository),
                labels: labels)
        }
        func tree(_ name: [UInt8]) throws -> ObjectID {
            try repository.resolveTree(String(decoding: name, as: UTF8.self))
        }
        return try engine.merge(
            ThreeWay(base: tree(base), ours: tree(question.ours), theirs: tree(question.theirs)),
            labels: labels)
    }

    /// Looks for the merge bases of all questions at once; names that are none are told when it is their turn.
    private func announce(_ questions: [MergeQuestion]) {
        guard questions.count > 1 else { return }
        let repository = crew.first.store.repository
        crew.announce(
            questions.compactMap { question in
                guard question.base == nil, let ours = try? Self.commit(question.ours, repository),
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
