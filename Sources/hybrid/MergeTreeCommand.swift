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
    @Flag(help: "Leave the new objects in memory: nothing is written, and the trees cannot be read.")
    var noWrite = false

    func validate() throws {
        if stdin != commits.isEmpty || !stdin && commits.count != 2 {
            throw ValidationError("give two commits, or --stdin")
        }
    }

    func run() throws {
        try reporting {
            try Repository.trustObjects()
            let repository = try Repository(discovering: ".")
            var options = try MergeOptions(
                settingsOf: repository, attributesOf: try attrSource.map(repository.resolveTree),
                drivers: UserMergeDrivers(environment: processEnvironment(), in: repository) {
                    say("hybrid: warning: \($0)")
                })
            options.allowsUnrelatedHistories = allowUnrelatedHistories
            let session = MergeTreeSession(
                engine: try MergeEngine(repository, options), repository: repository, writes: !noWrite,
                format: MergeAnswer.Format(
                    withVerdict: stdin, isTerminated: stdin || terminated, namesOnly: nameOnly,
                    messages: messages))
            if stdin { return try session.answerLines() }
            let isClean = try session.answer(Array(commits[0].utf8), Array(commits[1].utf8))
            try session.flush()
            if !isClean { throw Exit.no }
        }
    }
}

/// Merges one after the other, with one engine.
private final class MergeTreeSession {
    private let engine: MergeEngine
    private let repository: Repository
    private let writes: Bool
    private let format: MergeAnswer.Format
    private var out: [UInt8] = []

    /// As much new objects or output as may wait.
    private static let mostWaiting = 16 << 20

    init(engine: MergeEngine, repository: Repository, writes: Bool, format: MergeAnswer.Format) {
        self.engine = engine
        self.repository = repository
        self.writes = writes
        self.format = format
    }

    /// Answers lines of stdin until it ends.
    ///
    /// Before it waits for more, what was answered is out and its objects are written: a program can ask, read the answer,
    /// use the tree, and ask again.
    func answerLines() throws {
        var pending: [UInt8] = []
        while true {
            if !isMoreWaiting() { try flush() }
            let part = try readPart()
            if part.isEmpty { break }
            pending += part
            var start = pending.startIndex
            while let end = pending[start...].firstIndex(of: 10) {
                try answer(line: pending[start..<end])
                start = end + 1
                if out.count > Self.mostWaiting || engine.store.writtenBytes > Self.mostWaiting {
                    try flush()
                }
            }
            pending.removeSubrange(..<start)
        }
        if !pending.isEmpty { try answer(line: pending[...]) }
        try flush()
    }

    private func answer(line: ArraySlice<UInt8>) throws {
        let names = line.split(separator: 32, omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else {
            throw HybridError(
                "line \"\(String(decoding: line, as: UTF8.self))\"",
                "it is not two commits with a space between",
                next: "write a line \"A B\" for each merge")
        }
        _ = try answer(Array(names[0]), Array(names[1]))
    }

    /// Merges two commits by name; true for a clean merge.
    func answer(_ ours: [UInt8], _ theirs: [UInt8]) throws -> Bool {
        let answer: MergeAnswer
        do {
            answer = try engine.merge(
                ours: try commit(ours), theirs: try commit(theirs),
                labels: MergeLabels(ours: ours, theirs: theirs))
        } catch {
            // What was answered before stays answered.
            try flush()
            throw error
        }
        out += format.bytes(answer)
        if let needed = answer.neededRenameLimit {
            say(
                "hybrid: too many files to look for all renames; to look for them: git config merge.renameLimit \(needed)"
            )
        }
        return answer.isClean
    }

    private func commit(_ name: [UInt8]) throws -> ObjectID {
        let text = String(decoding: name, as: UTF8.self)
        if let id = ObjectID(hex: text), try repository.hasCommit(id) { return id }
        return try repository.resolveCommit(text)
    }

    /// Writes the new objects, then the answers that name them.
    func flush() throws {
        if writes { try engine.store.save() } else { engine.forgetNewObjects() }
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
                "stdin", "it cannot be read: \(unsafe String(cString: strerror(errno)))",
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
                "stdout", "it cannot be written: \(unsafe String(cString: strerror(errno)))",
                next: "check who reads it")
        }
        rest = rest.dropFirst(count)
    }
}
