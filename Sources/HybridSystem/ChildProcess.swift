#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A program that is run to its end while hybrid waits, with what it prints.
///
/// For short helpers of hybrid's own stages; workers have a supervisor.
package enum ChildProcess {
    /// How long a program that ran out of time has before it is killed, in nanoseconds.
    private static let grace: UInt64 = 1_000_000_000

    /// What is kept of the output, in bytes.
    package enum Kept {
        case start(Int), end(Int)
    }

    /// How it ended by itself.
    package struct Ended {
        package var code: Int
        package var output: [UInt8]
        /// What it printed on standard error, where that was asked for apart; its end.
        package var errors: [UInt8] = []
        /// Whether there was more output than was kept.
        package var isCut: Bool

        package init(code: Int, output: [UInt8], errors: [UInt8] = [], isCut: Bool) {
            self.code = code
            self.output = output
            self.errors = errors
            self.isCut = isCut
        }
    }

    /// It did not come to an end of its own.
    package enum Failure: Error {
        case notStarted(SystemError)
        case timedOut
        case signalled(Int, output: [UInt8])
        case unknown(SystemError)
    }

    /// Runs a program in its own process group, which is ended with it; stdout and stderr are taken together unless
    /// they are wanted apart.
    ///
    /// In a session of its own it has no terminal.
    package static func run(
        _ arguments: [[UInt8]], in folder: String, environment: [String: String], timeout: Double,
        keeping kept: Kept, errorsApart: Bool = false, newSession: Bool = false
    ) throws(Failure) -> Ended {
        var keeper: Keeper
        let child: Int32
        do throws(SystemError) {
            let (output, errors) = (try Spawn.pipe(), try Spawn.pipe())
            // Closed at the end of this block: whoever reads then sees that the program closed its own.
            let writing = Descriptor(owning: output.writing)
            let complaining = Descriptor(owning: errors.writing)
            keeper = Keeper(
                output: try ChildOutput(owning: output.reading),
                errors: try ChildOutput(owning: errors.reading),
                printed: Printed(kept), complained: Printed(.end(1 << 16)))
            child = try Spawn.child(
                arguments, in: folder, environment: environment, output: writing.number,
                errors: errorsApart ? complaining.number : nil, newSession: newSession)
        } catch {
            throw .notStarted(error)
        }
        let deadline = Monotonic.now() + UInt64(timeout * 1e9)
        let cause: ChildLoop.Cause
        let status: Int32
        do throws(SystemError) {
            // What it left in its group would only hold on to files that are gone; the number is its own until it is reaped.
            defer { kill(-child, SIGKILL) }
            cause = try ChildLoop.follow(child, &keeper, deadline: deadline, grace: grace)
        } catch {
            throw .unknown(error)
        }
        do throws(SystemError) { status = try ChildLoop.reap(child) } catch { throw .unknown(error) }
        if cause == .timedOut { throw .timedOut }
        guard status & 0x7F == 0 else {
            throw .signalled(Int(status & 0x7F), output: keeper.printed.bytes)
        }
        return Ended(
            code: Int(status >> 8 & 0xFF), output: keeper.printed.bytes, errors: keeper.complained.bytes,
            isCut: keeper.printed.isCut)
    }

    /// Keeps what a program prints; its group is all that is signalled.
    private struct Keeper: ChildKeeper {
        let output: ChildOutput
        let errors: ChildOutput
        var printed: Printed
        var complained: Printed

        var descriptors: [Int32] { [output.descriptor, errors.descriptor].compactMap(\.self) }
        var due: UInt64? { nil }
        var isStopAsked: Bool { false }

        mutating func take() {
            for _ in 0..<ChildLoop.reads {
                guard let some = output.next() else { break }
                printed.add(some)
            }
            for _ in 0..<ChildLoop.reads {
                guard let some = errors.next() else { break }
                complained.add(some)
            }
        }

        func signal(_ child: Int32, _ signal: Int32) { kill(-child, signal) }
    }

    /// What was printed so far.
    private struct Printed {
        private let kept: Kept
        private(set) var bytes: [UInt8] = []
        private(set) var isCut = false

        init(_ kept: Kept) { self.kept = kept }

        mutating func add(_ some: [UInt8]) {
            let all = bytes.count + some.count
            switch kept {
            case .end(let most):
                bytes = (bytes + some).suffix(most)
                isCut = isCut || all > most
            case .start(let most):
                bytes += some.prefix(most - bytes.count)
                isCut = isCut || all > most
            }
        }
    }
}
