import Foundation

/// How many cases a test draws by chance: as many as fit into every run, times HYBRID_DRAWS where that is set.
///
/// The first ones are the same whatever their number.
public func draws(_ usual: Int) -> Int {
    usual * (ProcessInfo.processInfo.environment["HYBRID_DRAWS"].flatMap { Int($0) } ?? 1)
}
