internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What changed beside the shared settings: submodules, attributes, links.
struct SharedSurroundings: RunPart {
    let context: RunContext
    private var sharedCopies: SharedCopies { SharedCopies(context) }

    init(_ context: RunContext) { self.context = context }

    /// What differs in what the worktrees share, judged with what can be known of where it stands.
    func sharedChanges(_ run: RunRecord, from old: SharedState, to new: SharedState) throws
        -> [SharedState.Change]
    {
        if old == new { return [] }
        let target = try repository.worktree(checkedOut: run.target)?.name ?? ""
        let own = new.settings.keys.filter { file in
            let parts = file.dropFirst(repository.commonDirectory.count).split(separator: "/")
            let isOwn = parts.count == 3 && (parts[1].hasPrefix("\(run.id)-") || parts[1] == target)
            return isOwn || parts.count == 1
        }
        var inherited: [String: [String]] = [:]
        for setting in try UserConfiguration(environment: host.environment, in: repository).settings {
            inherited[setting.name, default: []].append(setting.text)
        }
        return SharedState.changes(
            from: old, to: new,
            around: SharedState.Surroundings(
                worktreeFiles: Set(own), submodules: try submoduleAddresses(run, old, inherited),
                inherited: inherited, content: { Files.read($0) },
                copy: sharedCopies.copies(run)))
    }

    /// The addresses that the base names for each submodule, as `git submodule init` writes them down.
    private func submoduleAddresses(
        _ run: RunRecord, _ old: SharedState, _ inherited: [String: [String]]
    ) throws -> [String: Set<String>] {
        let tip = run.mergedSoFar
        guard let text = try CommitTree(repository, commit: tip).content(of: ".gitmodules") else {
            return [:]
        }
        // libgit2 reads settings from files only.
        let copy = paths.file(run.id, .gitmodules)
        try DurableFile.put(text, to: copy, mode: 0o600, synced: false, replacing: true)
        defer { try? Files.remove(copy) }
        let origin = (Array(old.settings.values) + [inherited]).flatMap { $0["remote.origin.url"] ?? [] }
        let places = origin + (try runs.workers(of: run).map(\.worktree))
        var found: [String: Set<String>] = [:]
        for setting in try repository.settings(inFile: copy) where setting.section == "submodule" {
            guard let name = setting.subsection, setting.key == "url" else { continue }
            found[name] = SubmoduleAddress.all(setting.text, from: places)
        }
        return found
    }
}

/// Where a submodule's repository lies.
enum SubmoduleAddress {
    /// What an address of `.gitmodules` may come to: itself, or where it is relative, from each place.
    ///
    /// Source: gitmodules(5), and git's own `relative_url`.
    static func all(_ address: String, from places: [String]) -> Set<String> {
        guard address.hasPrefix("./") || address.hasPrefix("../") else { return [address] }
        return Set(places.compactMap { resolve(address, from: $0) })
    }

    private static func resolve(_ address: String, from place: String) -> String? {
        var rest = Substring(address.hasSuffix("/") ? String(address.dropLast()) : address)
        var base = Substring(place.hasSuffix("/") ? String(place.dropLast()) : place)
        var separator = "/"
        while true {
            if rest.hasPrefix("../") {
                rest = rest.dropFirst(3)
                guard let cut = base.lastIndex(where: { $0 == "/" || $0 == ":" }) else { return nil }
                separator = String(base[cut])
                base = base[..<cut]
            } else if rest.hasPrefix("./") {
                rest = rest.dropFirst(2)
            } else {
                return base + separator + rest
            }
        }
    }
}

extension UserConfiguration.Setting {
    /// Its whole name, as git's listings spell it.
    var name: String { [section, subsection, key].compactMap { $0 }.joined(separator: ".") }

    /// Its value as text; a variable without one is true.
    var text: String { value.map { String(decoding: $0, as: UTF8.self) } ?? "true" }
}
