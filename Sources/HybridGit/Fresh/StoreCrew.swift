internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A few threads that read objects, each with a handle and caches of its own.
///
/// Pieces of work are handed out one by one, so that none of them waits for the slowest.
final class StoreCrew {
    private let directory: String
    private var members: [Member] = []

    /// More threads than that do not make a disk faster, and each holds folders open.
    private static let most = 16

    /// A store that one thread at a time uses.
    private final class Member: @unchecked Sendable {
        var store: ObjectStore?
    }

    private final class Shares: @unchecked Sendable {
        private let lock = DispatchSemaphore(value: 1)
        private var next = 0
        private var failure: GitError?
        let count: Int

        init(_ count: Int) { self.count = count }

        /// Nil when nothing is left, or one failed.
        func take() -> Int? {
            lock.wait()
            defer { lock.signal() }
            guard failure == nil, next < count else { return nil }
            next += 1
            return next - 1
        }

        /// The first failure counts.
        func fail(_ error: GitError) {
            lock.wait()
            if failure == nil { failure = error }
            lock.signal()
        }

        func finish() throws(GitError) { if let failure { throw failure } }
    }

    /// Works with the calling thread's store, and as many others as there are cores and pieces of `size` in `work`.
    init(_ first: ObjectStore, work: Int, size: Int) {
        directory = first.repository.commonDirectory
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let count = min(cores, Self.most, work / size + 1)
        members = (0..<count).map { _ in Member() }
        members[0].store = first
    }

    /// Does `body` for all numbers below `count`, in about that order; throws what one of them throws first.
    func each(
        of count: Int, _ body: @Sendable (ObjectStore, Int) throws(GitError) -> Void
    ) throws(GitError) {
        let (shares, members, directory) = (Shares(count), members, directory)
        DispatchQueue.concurrentPerform(iterations: min(members.count, max(count, 1))) { number in
            do throws(GitError) {
                while let piece = shares.take() {
                    let member = members[number]
                    if member.store == nil { member.store = try ObjectStore(Repository(at: directory)) }
                    guard let store = member.store else { return }
                    try body(store, piece)
                }
            } catch {
                shares.fail(error)
            }
        }
        try shares.finish()
    }
}
