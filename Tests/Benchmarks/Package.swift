// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v14)],
    dependencies: [.package(name: "hybrid", path: "../..")],
    targets: [
        // Folding many branches against loops of git's own commands.
        .executableTarget(
            name: "fold",
            dependencies: [
                .product(name: "HybridMerging", package: "hybrid"),
                .product(name: "HybridGit", package: "hybrid"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
