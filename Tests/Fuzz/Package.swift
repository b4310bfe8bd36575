// swift-tools-version: 6.2
import PackageDescription

/// The main package's language rules.
let style: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own: everything in it, the library too, is built with libFuzzer's instrumentation. See ./run.
let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v14)],
    dependencies: [.package(name: "hybrid", path: "../..")],
    targets: [
        // What the fuzzed functions share. The main function of each program is libFuzzer's own.
        .target(name: "Fuzzing", swiftSettings: style),
        .executableTarget(
            name: "FuzzTextMerge",
            dependencies: ["Fuzzing", .product(name: "HybridMerging", package: "hybrid")],
            swiftSettings: style),
        .executableTarget(
            name: "FuzzTreeObject",
            dependencies: ["Fuzzing", .product(name: "HybridGit", package: "hybrid")], swiftSettings: style),
        .executableTarget(
            name: "FuzzPlan",
            dependencies: ["Fuzzing", .product(name: "HybridCore", package: "hybrid")], swiftSettings: style),
        .executableTarget(
            name: "FuzzGuard",
            dependencies: ["Fuzzing", .product(name: "HybridCore", package: "hybrid")], swiftSettings: style),
        .executableTarget(
            name: "FuzzLedger",
            dependencies: [
                "Fuzzing", .product(name: "HybridCore", package: "hybrid"),
                .product(name: "HybridGit", package: "hybrid"),
            ], swiftSettings: style),
    ],
    swiftLanguageModes: [.v6]
)
