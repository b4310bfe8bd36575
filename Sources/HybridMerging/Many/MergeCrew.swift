internal import Dispatch
public import HybridGit

/// Several engines that merge side by side, each with a handle and caches of its own.
///
/// Answers come in the order of the questions and do not depend on how the work was shared out.
public final class MergeCrew {
    /// The engine of the calling thread.
    public let first: MergeEngine
    private var others: [Helper] = []
    private let count: Int
    private let make: @Sendable () throws -> MergeEngine
    private var lent = Lent()

    /// What all engines know beside what each finds itself.
    private struct Lent: Sendable {
        var objects = LentObjects()
        var bases = CommitHistory.KnownBases()

        func give(to engine: MergeEngine) {
            engine.store.lend(objects)
            engine.lend(bases)
        }
    }

    /// An engine that only its own queue touches, apart from the time when that queue is known to be idle.
    ///
    /// It is made by its queue when there is first something to do: opening takes time that others can use.
    private final class Helper: @unchecked Sendable {
        /// Nil until it is made, and where that failed.
        var engine: MergeEngine? { try? made?.get() }
        let queue: DispatchQueue
        private var made: Result<MergeEngine, any Error>?

        init(_ number: Int) {
            queue = DispatchQueue(label: "hybrid.merge.\(number)", qos: .userInitiated)
        }

        func ready(_ make: () throws -> MergeEngine, lending lent: Lent) throws -> MergeEngine {
            tryToGetReady(make, lending: lent)
            guard let made else { preconditionFailure("it was just made") }
            return try made.get()
        }

        func tryToGetReady(_ make: () throws -> MergeEngine, lending lent: Lent) {
            if made != nil { return }
            made = Result {
                let engine = try make()
                lent.give(to: engine)
                return engine
            }
        }
    }

    /// What one helper brings back; it is waited for before anybody reads.
    private final class Basket<Answer: Sendable>: @unchecked Sendable {
        var answers: [(Int, Result<Answer, any Error>)] = []
        var failure: (any Error)?
    }

    /// Questions that are handed out a few at a time, to whoever is free.
    private final class Shares: @unchecked Sendable {
        private let lock = DispatchSemaphore(value: 1)
        private let count: Int
        private let takers: Int
        private var next = 0
        /// The most that go to one engine in a row: neighbours share what is cached.
        private static let most = 8

        init(_ count: Int, among takers: Int) {
            self.count = count
            self.takers = takers
        }

        /// Smaller ones towards the end, so that all finish together; nil when nothing is left.
        func take() -> Range<Int>? {
            lock.wait()
            defer { lock.signal() }
            if next == count { return nil }
            let size = max(1, min(Self.most, (count - next) / (takers * 4)))
            defer { next += size }
            return next..<next + size
        }
    }

    /// Makes one engine, and up to `count` when there is enough to do.
    ///
    /// `make` must open a new repository handle each time.
    public init(_ count: Int, make: @escaping @Sendable () throws -> MergeEngine) throws {
        self.count = count
        self.make = make
        first = try make()
    }

    /// Opens the other engines meanwhile, as far as so many questions will need them.
    ///
    /// What fails is told by the answer.
    package func getReady(for questions: Int) {
        let (make, lent) = (make, lent)
        for helper in helpers(for: questions) {
            helper.queue.async { helper.tryToGetReady(make, lending: lent) }
        }
    }

    private func helpers(for questions: Int) -> ArraySlice<Helper> {
        let wanted = min(count, questions) - 1
        while others.count < wanted { others.append(Helper(others.count + 1)) }
        return others.prefix(max(0, wanted))
    }

    /// Answers questions on all engines; a question that fails has its error as its answer.
    public func answer<Question: Sendable, Answer: Sendable>(
        _ questions: [Question],
        _ ask: @escaping @Sendable (MergeEngine, [Question]) -> [Result<Answer, any Error>]
    ) throws -> [Result<Answer, any Error>] {
        if count < 2 || questions.count < 2 { return ask(first, questions) }
        let helpers = helpers(for: questions.count)
        let shares = Shares(questions.count, among: helpers.count + 1)
        let group = DispatchGroup()
        let baskets = helpers.map { _ in Basket<Answer>() }
        for (helper, basket) in zip(helpers, baskets) {
            let (make, lent) = (make, lent)
            helper.queue.async(group: group) {
                do {
                    while let share = shares.take() {
                        let engine = try helper.ready(make, lending: lent)
                        basket.answers += zip(share, ask(engine, Array(questions[share])))
                    }
                } catch {
                    basket.failure = error
                }
            }
        }
        var all: [(Int, Result<Answer, any Error>)] = []
        while let share = shares.take() { all += zip(share, ask(first, Array(questions[share]))) }
        group.wait()
        for basket in baskets {
            if let failure = basket.failure { throw failure }
            all += basket.answers
        }
        all.sort { $0.0 < $1.0 }
        return all.map(\.1)
    }

    /// From now on all engines read these objects beside those of the repository.
    ///
    /// Others that were lent before are taken back.
    public func lend(_ objects: LentObjects) {
        lent.objects = objects
        forEach { $0.store.lend(objects) }
    }

    /// Finds the merge bases of merges that are about to be done, in one walk for all engines.
    ///
    /// Only saves time: where that fails, the merge that cannot be done says so. Grows with the commits between the tips.
    package func announce(_ merges: [(ours: ObjectID, theirs: ObjectID)]) {
        if (try? first.announce(merges)) != nil { shareBases() }
    }

    /// Gives the other engines the merge bases that the first one found when merges were last announced to it.
    func shareBases() {
        guard count > 1 else { return }
        lent.bases = first.announced
        let bases = lent.bases
        forEach { $0.lend(bases) }
    }

    /// Does something with every engine while none is at work.
    public func forEach(_ body: (MergeEngine) throws -> Void) rethrows {
        try body(first)
        for helper in others {
            // It may still be getting ready.
            helper.queue.sync {}
            if let engine = helper.engine { try body(engine) }
        }
    }
}
