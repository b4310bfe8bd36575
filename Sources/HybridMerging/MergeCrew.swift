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
    private let make: () throws -> MergeEngine
    private var lent = LentObjects()

    /// How many merges go to one engine in a row: neighbours share what is cached.
    private static let share = 8

    /// An engine that only its own queue touches, apart from the time when that queue is known to be idle.
    private final class Helper: @unchecked Sendable {
        let engine: MergeEngine
        let queue: DispatchQueue

        init(_ engine: MergeEngine, _ number: Int) {
            self.engine = engine
            queue = DispatchQueue(label: "hybrid.merge.\(number)", qos: .userInitiated)
        }
    }

    /// What one helper brings back; it is waited for before anybody reads.
    private final class Basket<Answer: Sendable>: @unchecked Sendable {
        var answers: [(Int, Result<Answer, any Error>)] = []
    }

    /// Makes one engine, and up to `count` when there is enough to do.
    ///
    /// `make` must open a new repository handle each time.
    public init(_ count: Int, make: @escaping () throws -> MergeEngine) throws {
        self.count = count
        self.make = make
        first = try make()
    }

    /// Answers questions on all engines; a question that fails has its error as its answer.
    public func answer<Question: Sendable, Answer: Sendable>(
        _ questions: [Question],
        _ ask: @escaping @Sendable (MergeEngine, [Question]) -> [Result<Answer, any Error>]
    ) throws -> [Result<Answer, any Error>] {
        if count < 2 || questions.count <= Self.share { return ask(first, questions) }
        while others.count + 1 < count {
            let engine = try make()
            engine.store.lend(lent)
            others.append(Helper(engine, others.count + 1))
        }
        let crew = others.count + 1
        var shares = [[Int]](repeating: [], count: crew)
        for index in questions.indices { shares[index / Self.share % crew].append(index) }
        let group = DispatchGroup()
        let helpers = others.map { _ in Basket<Answer>() }
        for (number, helper) in others.enumerated() {
            let mine = shares[number + 1]
            let basket = helpers[number]
            helper.queue.async(group: group) {
                let found = ask(helper.engine, mine.map { questions[$0] })
                basket.answers = Array(zip(mine, found))
            }
        }
        var all = Array(zip(shares[0], ask(first, shares[0].map { questions[$0] })))
        group.wait()
        for basket in helpers { all += basket.answers }
        all.sort { $0.0 < $1.0 }
        return all.map(\.1)
    }

    /// From now on all engines read these objects beside those of the repository.
    ///
    /// Others that were lent before are taken back.
    public func lend(_ objects: LentObjects) {
        lent = objects
        forEach { $0.store.lend(objects) }
    }

    /// Does something with every engine while none is at work.
    public func forEach(_ body: (MergeEngine) throws -> Void) rethrows {
        try body(first)
        for helper in others { try body(helper.engine) }
    }
}
