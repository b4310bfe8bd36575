internal import HybridBase
internal import HybridSystem

/// The numbers and ports that this process holds for worktrees, by their paths.
final class WorktreeSlots {
    private var held: [String: MachineSlot] = [:]
    private var isUnusable = false

    /// Takes a number for a worktree, the one that it had before where that is free; `tell` hears once why there is none.
    func take(
        _ path: String, ports: Int?, wanted: Int?, environment: [String: String], _ tell: (String) -> Void
    ) {
        guard held[path] == nil, !isUnusable else { return }
        do throws(HybridError) {
            held[path] = try MachineSlots.take(
                ports: ports ?? MachineSlots.usualPorts, wanted: wanted, environment: environment)
        } catch {
            isUnusable = true
            tell("worktrees get no ports of their own: \(error)")
        }
    }

    /// The number of a worktree; nil where it has none.
    func number(_ path: String) -> Int? { held[path]?.number }

    func release(_ path: String) { held[path] = nil }

    func locks(_ path: String) -> [String]? { held[path]?.locks }

    /// The variables that tell a command of the worktree.
    func variables(_ path: String) -> [String: String] {
        guard let slot = held[path] else { return [:] }
        return [
            "HYBRID_SLOT": String(slot.number), "HYBRID_PORT": String(slot.ports.lowerBound),
            "HYBRID_PORTS": slot.ports.map(String.init).joined(separator: " "),
        ]
    }
}
