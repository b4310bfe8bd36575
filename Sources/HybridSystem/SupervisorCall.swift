internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

// Written by the first line of a program, before anybody else could look.
nonisolated(unsafe) private var answersCalls = false

extension Supervisor {
    /// Becomes the supervisor of one command where this program was called to be that, and then does not return.
    ///
    /// The first line of a program that runs plans and supervises its workers itself (`Host.itself`). Each worker gets a
    /// supervisor, a process that outlives the program which began it: the same program, called once more. So what
    /// stands before this line happens in every supervisor, too. Throws nothing; a supervisor that cannot do its work
    /// says why on stderr and exits 2. It also readies the process: standard descriptors that the caller closed are opened,
    /// and SIGCHLD is not ignored any more, else nobody would know how a command ended.
    ///
    /// ```swift
    /// import HybridCore
    ///
    /// Supervisor.runIfAsked()
    /// let host = try Host.itself()
    /// ```
    public static func runIfAsked() {
        Surroundings.settle()
        unsafe answersCalls = true
        let words = CommandLine.arguments
        guard words.count == 3, words[1].hasBytes(of: callWord) else { return }
        do {
            try run(specPath: words[2])
        } catch {
            let line = Array("hybrid: \(neutralise("\(error)"))\n".utf8)
            _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
            exit(2)
        }
        exit(0)
    }

    /// The word before a spec's path by which a program calls itself.
    package static let callWord = "--hybrid-supervisor"

    /// Whether this program becomes a supervisor when it calls itself.
    package static var isAnswering: Bool { unsafe answersCalls }

    /// What `hybrid worker --protocol` prints: another program is no hybrid, or reads other specs.
    package static let greeting = "hybrid supervisor 1"
}
