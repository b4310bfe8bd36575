import HybridRun
import TestSupport
import Testing

/// The search for culprits against cases whose truth the test knows.
@Suite struct CulpritSearchTests {
    private func proved(_ verdict: CulpritSearch.Verdict?) -> CulpritSearch.Blame? {
        if case .blamed(let blame)? = verdict { blame } else { nil }
    }

    @Test(arguments: [1...1, 2...3])
    func theSmallestSetsAreFoundAndMostMayLand(waves: ClosedRange<Int>) throws {
        var numbers = SeededNumbers(26)
        for _ in 0..<draws(1000) {
            let made = CulpritCase(&numbers, waves: waves)
            let found = try #require(try made.verdict(&numbers))
            let blame = try #require(proved(found.verdict), "\(made): \(found)")
            let judged = made.all.subtracting(blame.above)
            let own = judged.subtracting(blame.below)
            let expected = Set(made.hidden.filter { $0.isSubset(of: judged) }.map { $0.intersection(own) })
            #expect(expected.isSuperset(of: blame.sets.map { Set($0) }), "\(made): \(blame)")
            let out = try #require(blame.out, "\(made): \(blame)")
            let rest = judged.subtracting(out)
            #expect(!made.fails(rest) && rest.count == made.mostThatPass, "\(made): \(blame)")
        }
    }

    @Test(arguments: [1, 2])
    func whoOnlyLacksWhatOthersBringIsNotBlamed(lacking: Int) throws {
        var numbers = SeededNumbers(28)
        var blamed = 0
        for _ in 0..<draws(1000) {
            let made = CulpritCase(&numbers, lacking: lacking)
            let found = try #require(try made.verdict(&numbers, budget: 200))
            guard let blame = proved(found.verdict) else { continue }
            blamed += 1
            #expect(made.guilty.isSuperset(of: blame.sets.joined()), "\(made): \(blame)")
            if let out = blame.out { #expect(!made.fails(made.all.subtracting(out)), "\(made): \(blame)") }
        }
        #expect(blamed > draws(990))
    }

    @Test(arguments: [0.05, 0.3], CulpritCase.Fault.allCases)
    func nobodyInnocentIsBlamedByAFlakyCommand(rate: Double, fault: CulpritCase.Fault) throws {
        var numbers = SeededNumbers(30)
        var verdicts: [String: Int] = [:]
        for count in 0..<draws(1000) {
            // None is at fault in one of ten.
            let made =
                count % 10 == 9
                ? CulpritCase(&numbers, sets: 0...0, waves: 1...3)
                : CulpritCase(&numbers, waves: 1...(count % 2 == 0 ? 1 : 3))
            guard let found = try made.verdict(&numbers, rate: rate, fault) else { continue }
            verdicts[String("\(found.verdict)".prefix { $0.isLetter }), default: 0] += 1
            guard let blame = proved(found.verdict) else { continue }
            #expect(made.guilty.isSuperset(of: blame.sets.joined()), "\(made): \(blame)")
            if let out = blame.out {
                #expect(!made.fails(made.all.subtracting(blame.above).subtracting(out)), "\(made): \(blame)")
            }
        }
        #expect((verdicts["flaky"] ?? 0) > 0, "\(verdicts)")
        // Where most runs are right, most culprits are told all the same.
        #expect(rate > 0.1 || (verdicts["blamed"] ?? 0) > 100, "\(verdicts)")
    }

    @Test func theUsualBudgetSufficesForTwoSetsOfThree() throws {
        var numbers = SeededNumbers(29)
        for workers in 1...8 {
            var most = 0
            for _ in 0..<draws(200) {
                var made = CulpritCase(&numbers, most: workers, sets: 2...2)
                if made.all.count < workers { made.waves = [Array(0..<workers)] }
                let found = try #require(try made.verdict(&numbers, budget: 1000))
                most = max(most, found.spent)
            }
            #expect(most <= TraceBudget.usual(for: workers), "\(workers) workers: \(most)")
        }
    }

    @Test(arguments: [(1, 6), (2, 14), (8, 16), (64, 19)])
    func itCostsLittleWhereOneOfManyIsAtFault(workers: Int, most: Int) throws {
        var numbers = SeededNumbers(1)
        for culprit in 0..<workers {
            let made = CulpritCase(waves: [Array(0..<workers)], hidden: [[culprit]])
            let found = try #require(try made.verdict(&numbers))
            #expect(proved(found.verdict)?.sets == [[culprit]])
            #expect(found.spent <= most, "\(found.spent)")
        }
    }

    @Test func whenTheBudgetRunsOutWhatIsKnownIsNamed() throws {
        var numbers = SeededNumbers(1)
        let made = CulpritCase(waves: [Array(0..<8)], hidden: [[1, 4, 6]])
        var known: [[[Int]]] = []
        while case .exhausted(let sets)? = try made.verdict(&numbers, budget: known.count)?.verdict {
            known.append(sets)
        }
        #expect(known.count > 30 && known.first == [Array(0..<8)] && known.last == [[1, 4, 6]])
        #expect(known.allSatisfy { $0.allSatisfy { Set([1, 4, 6]).isSubset(of: $0) } }, "\(known)")
        #expect(proved(try made.verdict(&numbers, budget: known.count)?.verdict)?.sets == [[1, 4, 6]])
    }

    @Test func aRecalledAnswerThatIsNotGivenAgainCountsForNothing() throws {
        // Worker 0 is remembered to fail alone, and does so only together with 2 now.
        var search = CulpritSearch(waves: [[0, 1, 2]], budget: 100) { tree, anew in
            if !anew, tree == [0] { return CulpritSearch.Reply(.red, .recalled) }
            return CulpritSearch.Reply(tree.isSuperset(of: [0, 2]) ? .red : .green)
        }
        #expect(proved(try search.run())?.sets == [[0, 2]])
    }

    @Test func whoCannotBeMergedApartIsNotToldApart() throws {
        var search = CulpritSearch(waves: [[0, 1, 2]], budget: 100) { tree, _ in
            guard tree.contains(0) == tree.contains(1) else { return nil }
            return CulpritSearch.Reply(tree.contains(1) ? .red : .green)
        }
        #expect(try search.run() == .untold([[0, 1]]))
    }

    @Test func aTreeThatFailsOtherwiseMayNotLand() throws {
        var search = CulpritSearch(waves: [[0, 1]], budget: 100) { tree, _ in
            CulpritSearch.Reply(tree.contains(0) ? .red : tree.contains(1) ? .other : .green)
        }
        let blame = try #require(proved(try search.run()))
        #expect(blame.sets == [[0]] && blame.out == nil && blame.failsOtherwise)
    }

    @Test func whatFailsOnTheBaseIsNobodysFault() throws {
        var search = CulpritSearch(waves: [[0, 1]], budget: 100) { _, _ in CulpritSearch.Reply(.red) }
        #expect(try search.run() == .onBase)
    }
}
