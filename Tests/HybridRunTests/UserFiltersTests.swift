import HybridGit
import HybridRecords
import Testing

@testable import HybridRun

/// Which drivers of the attribute `filter` run, by what runs knew of them.
@Suite struct UserFiltersTests {
    private static let now = ["clean": "a", "required": "true"]

    /// What each run noted of the driver, and what comes of it: nil for none, the reason's words, or that it runs.
    private static let cases: [(known: [[String: KnownFilter]], runs: Bool, refused: String?)] = [
        ([], true, nil),
        ([["x": KnownFilter(values: now, isInUse: true)]], true, nil),
        ([[:]], false, nil),
        ([["x": KnownFilter(values: now, isInUse: true)], [:]], false, nil),
        ([["x": KnownFilter(values: now, isInUse: false)]], false, "no file went through it"),
        (
            [["x": KnownFilter(values: ["clean": "b", "required": "true"], isInUse: true)]], false,
            "were changed"
        ),
        ([["x": KnownFilter(values: ["clean": "a"], isInUse: true)]], false, "were changed"),
    ]

    @Test(arguments: cases.indices) func `only what stood before workers began runs`(_ number: Int) throws {
        let (known, runs, refused) = Self.cases[number]
        let judged = UserFilters.judge(["x": Self.now], known)
        #expect(judged.running == (runs ? ["x"] : []))
        #expect(judged.settings.map(\.key) == (runs ? ["filter.x.clean", "filter.x.required"] : []))
        #expect((judged.refused["x"] != nil) == (refused != nil))
        if let refused { #expect(judged.refused["x"]?.contains(refused) == true) }
    }

    @Test(arguments: [
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0a", count: 32))\nsize 1\n",
            true
        ),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 1\n", false),
        ("oid sha256:\(String(repeating: "0a", count: 32))\n", false), ("", false),
    ])
    func `a pointer of Git LFS is known`(_ text: String, _ isPointer: Bool) {
        #expect((LargeFileLook.content(of: Array(text.utf8)) != nil) == isPointer)
    }
}
