import HybridGit
import HybridPlan
import HybridRecords
import TestSupport
import Testing

@testable import HybridMerging
@testable import HybridReport

/// Which cause a conflict is given.
@Suite struct AttributionTests {
    private let jobs = [
        Job(name: "one", id: "one", files: [Claim(path: "a"), Claim(path: "shared")]),
        Job(
            name: "two", id: "two", files: [Claim(path: "b"), Claim(path: "shared")],
            dependencies: [Claim(path: "base.py", kind: .read)]),
    ]

    private func cause(_ path: String, _ kind: ConflictKind, breaches: [Set<String>] = [[], []])
        -> ConflictCause?
    {
        let claims = ConflictClaims(
            jobs: jobs,
            members: [
                "one": .init(job: 0, breaches: Set(breaches[0].map { RepoPath($0) })),
                "two": .init(job: 1, breaches: Set(breaches[1].map { RepoPath($0) })),
            ])
        let conflict = Conflict(
            path: RepoPath(path), kinds: [kind], entries: ThreeWay(repeating: nil),
            origins: ThreeWay(repeating: nil), hunks: [])
        let found = claims.cause("one", "two", conflict)
        #expect(claims.cause("two", "one", conflict) == found)
        // A branch that came meanwhile is not guessed at.
        #expect(claims.cause("one", "three", conflict) == nil && claims.allows("three", conflict) == nil)
        return found
    }

    @Test func theCauseFollowsFromThePlan() {
        #expect(cause("shared", .contents) == .plannedOverlap)
        #expect(cause("shared", .modifyDelete) == .plannedOverlap)
        #expect(cause("a", .contents, breaches: [[], ["a"]]) == .breach)
        #expect(cause("x", .contents, breaches: [["x"], ["x"]]) == .breach)
        #expect(cause("a", .modifyDelete, breaches: [[], ["a"]]) == .deleteAcrossClaims)
        #expect(cause("x", .modifyDelete, breaches: [["x"], ["x"]]) == .breach)
        #expect(cause("a", .renameDelete, breaches: [[], ["a"]]) == .renameAcrossClaims)
        #expect(cause("a/new", .directoryRenameSuggested) == .renameAcrossClaims)
        #expect(cause("base.py", .contents) == .interfaceDrift)
        #expect(cause("a", .contents) == nil)
    }

    @Test func failuresHaveACauseOnlyWhereSeveralMeet() {
        func cause(_ touched: [String]...) -> ConflictCause? {
            ConflictClaims.causeOfFailure(zip(jobs, touched).map { (job: $0, touched: $1) })
        }
        #expect(cause(["a"]) == nil)
        #expect(cause(["a"], ["b"]) == .semantic)
        #expect(cause(["a", "base.py"], ["b"]) == .interfaceDrift)
        // Who changes what it depends on itself is not surprised by it.
        #expect(cause(["a"], ["b", "base.py"]) == .semantic)
    }
}
