/// How many verifications the search for a culprit may cost.
package enum TraceBudget {
    /// The most verifications that tracing one failure among so many workers may cost, where nobody says.
    ///
    /// Enough for two sets of up to three workers each, as tried on all kinds of them among one to eight workers (about
    /// 85 among eight, 70 among four); one culprit among eight takes 17, three together 41.
    package static func usual(for workers: Int) -> Int { 40 + 8 * workers }
}
