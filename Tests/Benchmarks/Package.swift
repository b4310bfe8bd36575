// swift-tools-version: 6.2
import PackageDescription

/// The main package's language rules.
let style: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own. Benchmarks links nothing of hybrid: what it measures are two programs, each a process. See ./run.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(name: "hybrid", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .executableTarget(
            name: "Benchmarks",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: style),
        // Folding many branches against loops of git's own commands; run it with a repository that has branches.
        .executableTarget(
            name: "fold",
            dependencies: [
                .product(name: "HybridMerging", package: "hybrid"),
                .product(name: "HybridGit", package: "hybrid"),
            ],
            swiftSettings: style),
    ],
    swiftLanguageModes: [.v6]
)
