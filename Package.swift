// swift-tools-version: 6.2
import PackageDescription

/// Language rules for every Swift target, from the project's style.
let style: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// Everything but HybridGit: unsafety has one home.
let safe: [SwiftSetting] = style + [.strictMemorySafety()]

// Module map and shim for libgit2 (variadic options). On Linux a program would load it, and fifteen libraries behind it,
// before its first line: there it is opened when it is first called, see Sources/CLibgit2/calls.S. Headers in a place of their
// own are found by CPATH.
#if os(Linux) && (arch(x86_64) || arch(arm64))
    let libgit2 = Target.target(name: "CLibgit2")
#else
    let libgit2 = Target.systemLibrary(
        name: "CLibgit2", path: "Sources/CLibgit2/include", pkgConfig: "libgit2",
        providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])])
#endif

let package = Package(
    name: "hybrid",
    platforms: [.macOS(.v14)],
    products: [
        .library(name: "HybridGit", targets: ["HybridGit"]),
        .library(name: "HybridMerging", targets: ["HybridMerging"]),
        .library(name: "HybridCore", targets: ["HybridCore"]),
        .executable(name: "hybrid", targets: ["hybrid"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    ],
    targets: [
        libgit2,
        // Compression of what is read from packs and written into them.
        .systemLibrary(
            name: "CDeflate", pkgConfig: "libdeflate",
            providers: [.apt(["libdeflate-dev"]), .brew(["libdeflate"])]),
        // The one variadic system call that supervision needs.
        .systemLibrary(name: "CPlatform"),
        // Errors, paths as bytes, text that is safe on a terminal, shell words, JSON. Knows nothing else.
        .target(name: "HybridBase", swiftSettings: safe),
        // Safe Swift over libgit2: the only importer of CLibgit2 and CDeflate.
        .target(
            name: "HybridGit", dependencies: ["HybridBase", "CLibgit2", "CDeflate"], swiftSettings: style),
        // Change sets and merging. Values in, values out.
        .target(name: "HybridMerging", dependencies: ["HybridBase", "HybridGit"], swiftSettings: safe),
        // Processes and their supervisors, durable files, locks, clocks. Knows neither git nor plans.
        .target(name: "HybridSystem", dependencies: ["HybridBase", "CPlatform"], swiftSettings: safe),
        // Plans, the names of a run, claims, overlaps, the audit of changes against claims.
        .target(
            name: "HybridPlan",
            dependencies: [
                "HybridBase", "HybridGit", "HybridMerging", "HybridSystem",
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: safe),
        // What is known of a run: typed records, the ledger, the journal. The only importer of GRDB.
        .target(
            name: "HybridRecords",
            dependencies: [
                "HybridBase", "HybridGit", "HybridMerging", "HybridPlan", "HybridSystem",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: safe),
        // What only the user's own git can answer: configuration, identity, hooks, trust.
        .target(
            name: "HybridUserGit", dependencies: ["HybridBase", "HybridGit", "HybridSystem"],
            swiftSettings: safe),
        // May this worker write here. No SQLite: it answers at every write.
        .target(
            name: "HybridGuard",
            dependencies: [
                "HybridBase", "HybridGit", "HybridMerging", "HybridPlan", "HybridSystem", "HybridUserGit",
            ],
            swiftSettings: safe),
        // Values of answers, and their text, JSON, Markdown and HTML.
        .target(
            name: "HybridReport",
            dependencies: [
                "HybridBase", "HybridGit", "HybridMerging", "HybridPlan", "HybridRecords", "HybridSystem",
            ], swiftSettings: safe),
        // Launch, audit, merge, verify, land: the stages and commands of a run. Never prints.
        .target(
            name: "HybridRun",
            dependencies: [
                "HybridBase", "HybridGit", "HybridGuard", "HybridMerging", "HybridPlan", "HybridRecords",
                "HybridReport", "HybridSystem", "HybridUserGit",
            ],
            // A step of a run can be made to fail in debug builds, which the tests use.
            swiftSettings: safe + [.define("FAILPOINTS", .when(configuration: .debug))]),
        // One import of all rooms, for other packages.
        .target(
            name: "HybridCore",
            dependencies: [
                "HybridBase", "HybridGuard", "HybridPlan", "HybridRecords", "HybridReport", "HybridRun",
                "HybridSystem", "HybridUserGit",
            ], swiftSettings: safe),
        // Arguments, output, exit codes: one file a subcommand.
        .executableTarget(
            name: "hybrid",
            dependencies: [
                "HybridCore", "HybridMerging", "HybridGit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: safe,
            // A library that is opened later finds what stands in for its own function: see Certificates.swift.
            linkerSettings: [
                .unsafeFlags(
                    ["-Xlinker", "--export-dynamic-symbol=mbedtls_x509_crt_parse_file"],
                    .when(platforms: [.linux]))
            ]),
        // Two programs as other packages write them: they see what is public, and nothing else.
        .executableTarget(
            name: "EmbeddedConflicts", dependencies: ["HybridCore", "HybridMerging", "HybridGit"],
            path: "Tests/Embedding/Conflicts", packageAccess: false),
        .executableTarget(
            name: "EmbeddedPlan", dependencies: ["HybridCore"], path: "Tests/Embedding/Plan",
            packageAccess: false),
        // Real repositories made with git, and the built program, for all tests.
        .target(
            name: "TestSupport", dependencies: ["HybridPlan"], path: "Tests/TestSupport", swiftSettings: style
        ),
        // Generated histories, their text form, and their merges by git, by another program, and in matrices.
        .target(
            name: "HistoryGenerator", dependencies: ["HybridMerging", "HybridGit", "TestSupport"],
            path: "Tests/HistoryGenerator", swiftSettings: style),
        // The differential test of merges as a program.
        .executableTarget(
            name: "histories",
            dependencies: [
                "HistoryGenerator", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Histories", swiftSettings: style),
        .testTarget(
            name: "HybridGitTests", dependencies: ["HybridGit", "HistoryGenerator", "TestSupport"],
            swiftSettings: style),
        .testTarget(
            name: "HybridMergingTests",
            dependencies: ["HybridMerging", "HybridGit", "HistoryGenerator", "TestSupport"],
            swiftSettings: style),
        .testTarget(
            name: "HybridBaseTests", dependencies: ["HybridBase", "TestSupport"], swiftSettings: style),
        .testTarget(
            name: "HybridSystemTests", dependencies: ["HybridBase", "HybridSystem", "TestSupport"],
            swiftSettings: style),
        .testTarget(
            name: "HybridPlanTests", dependencies: ["HybridBase", "HybridGit", "HybridPlan", "TestSupport"],
            swiftSettings: style),
        .testTarget(
            name: "HybridRecordsTests", dependencies: ["HybridBase", "HybridRecords", "TestSupport"],
            swiftSettings: style),
        .testTarget(
            name: "HybridUserGitTests", dependencies: ["HybridUserGit"], swiftSettings: style),
        .testTarget(
            name: "HybridGuardTests",
            dependencies: ["HybridBase", "HybridGuard", "HybridPlan", "TestSupport"],
            swiftSettings: style),
        .testTarget(
            name: "HybridReportTests",
            dependencies: [
                "HybridBase", "HybridGit", "HybridMerging", "HybridPlan", "HybridRecords", "HybridReport",
                "TestSupport",
            ], swiftSettings: style),
        .testTarget(
            name: "HybridRunTests",
            dependencies: [
                "HybridBase", "HybridGit", "HybridMerging", "HybridPlan", "HybridRecords", "HybridReport",
                "HybridRun", "TestSupport",
            ], swiftSettings: style),
        .testTarget(
            name: "CLITests", dependencies: ["TestSupport", "hybrid"], swiftSettings: style),
    ],
    swiftLanguageModes: [.v6]
)
