extension CulpritSearch {
    /// How often a tree is run before it counts against somebody.
    ///
    /// Nobody is blamed by an answer that the search met once. Each worker named has pairs of trees that differ by its
    /// work alone: with it every fresh run fails, without it none does. Where its work makes no difference, both trees
    /// of a pair fail with the same probability s, however flaky the command is, so that a failing and b passing runs
    /// come about with probability s^a·(1-s)^b: 0.21^a for a of each where three runs in ten go wrong, 0.05^a where one
    /// in twenty does, never more than 0.25^a. Eight of each are asked for, over all pairs of a worker: 0.21^8 =
    /// 0.000004. Runs that the search made on its way are among them, each tree's once.
    ///
    /// One tree with two answers ends it all: the command is flaky, and nobody is blamed.
    package enum Evidence {
        /// The runs of each kind, failing with a worker's work and passing without it.
        package static let pairs = 8
        /// How many of them are of the pair among all workers, and of what may land: 0.21^6 = 0.00009.
        package static let wide = 6
        /// The same where there is one worker only: nothing lands either way, and nobody else could be at fault.
        ///
        /// All that it tells is a failure from a flaky one, wrongly in 0.21^4 = 0.002.
        package static let only = 4
        /// The failing runs where there is nothing to run without a worker's work, or to compare it with: 0.3^11 =
        /// 0.000002.
        package static let alone = 11
        /// The failing runs of the base that end the search.
        package static let base = 2
    }
}
