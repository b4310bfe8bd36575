import HybridGit
import TestSupport
import Testing

@testable import HybridMerging

/// How a repository's settings become options; `HistoryTests` shows that git reads the same.
@Suite struct MergeSettingsTests {
    private func options(_ settings: [(String, String)]) throws -> MergeOptions {
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        for (key, value) in settings { try sandbox.git("config", key, value) }
        return try MergeOptions(settingsOf: Repository(at: sandbox.root + "/repo"))
    }

    @Test func withoutSettingsGitsDefaultsHold() throws {
        let options = try options([])
        #expect(options.renameLimit == 7000)
        #expect(options.directoryRenames == .suggest)
        #expect(options.conflictStyle == .merge)
        #expect(options.drivers == nil)
        #expect(!options.allowsUnrelatedHistories)
        #expect(options.attributes != nil)
    }

    @Test(arguments: [
        ("merge", TextMerge.ConflictStyle.merge), ("diff3", .diff3), ("zdiff3", .zdiff3),
    ])
    func conflictStyles(_ value: String, _ style: TextMerge.ConflictStyle) throws {
        #expect(try options([("merge.conflictStyle", value)]).conflictStyle == style)
    }

    @Test(
        "directory renames",
        arguments: [
            ("conflict", .suggest), ("Conflict", .suggest), ("true", .apply), ("yes", .apply), ("1", .apply),
            ("false", .ignore), ("off", .ignore), ("0", .ignore),
        ] as [(String, MergeOptions.DirectoryRenames)])
    func directoryRenames(_ value: String, _ expected: MergeOptions.DirectoryRenames) throws {
        #expect(try options([("merge.directoryRenames", value)]).directoryRenames == expected)
    }

    @Test(
        "rename limits",
        arguments: [
            ([("merge.renameLimit", "3")], 3), ([("diff.renameLimit", "4")], 4),
            ([("merge.renameLimit", "3"), ("diff.renameLimit", "4")], 3),
            ([("merge.renameLimit", "1k")], 1024),
            ([("merge.renameLimit", "0")], 7000), ([("merge.renameLimit", "-1")], 7000),
            ([("diff.renameLimit", "4"), ("merge.renameLimit", "0")], 7000),
        ] as [([(String, String)], Int)])
    func renameLimits(_ settings: [(String, String)], _ expected: Int) throws {
        #expect(try options(settings).renameLimit == expected)
    }

    @Test(arguments: [
        ("merge.conflictStyle", "pretty"), ("merge.conflictStyle", ""), ("merge.conflictStyle", "Diff3"),
        ("merge.renameLimit", "many"), ("diff.renameLimit", "many"), ("merge.directoryRenames", "perhaps"),
    ])
    func badValuesAreErrorsOfOneLine(_ key: String, _ value: String) throws {
        let error = #expect(throws: GitError.self) { try options([(key, value)]) }
        let text = "\(try #require(error))"
        #expect(text.lowercased().contains(key.lowercased()), "\(text)")
        #expect(!text.contains("\n"))
    }

    @Test func aSettingOfTheUsersCountsToo() throws {
        // Read from the repository's file here; git's order of files is libgit2's affair.
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        try sandbox.write("[merge]\n\trenameLimit = 5\n", to: "repo/more")
        try sandbox.git("config", "include.path", "more")
        #expect(try MergeOptions(settingsOf: Repository(at: sandbox.root + "/repo")).renameLimit == 5)
    }
}
