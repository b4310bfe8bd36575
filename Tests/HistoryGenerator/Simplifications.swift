/// Ways to make a history smaller; each gives candidates, the boldest first.
extension History {
    static let simplifications: [@Sendable (History) -> [History]] = [
        { $0.withFewerMerges() },
        { [$0.withIDs()] },
        { $0.withFewerSettings() },
        { $0.withFewerCommits() },
        { $0.withFewerSteps() },
        { $0.withFewerParents() },
        { $0.withDirectSteps() },
        { $0.withNarrowerSteps() },
        { $0.withFewerLines() },
        { $0.withShorterContents() },
        { $0.withFewerFolders() },
        { $0.withShorterNames() },
        { $0.withoutDates() },
        { [$0.withCountedLines()] },
    ]

    /// What a reader pays: everything that a simplification takes away makes it less.
    var cost: Int {
        var sum = 40 * settings.count
        for merge in merges {
            sum += 200 + (merge.byID ? 0 : 20 + merge.ours.utf8.count + merge.theirs.utf8.count)
        }
        for commit in commits {
            sum += 500 + 50 * commit.parents.count + (commit.date == nil ? 0 : 5)
            for step in commit.steps { sum += 40 + step.cost }
        }
        return sum
    }

    private func withFewerMerges() -> [History] {
        merges.count < 2 ? [] : merges.map { merge in changed { $0.merges = [merge] } }
    }

    private func withIDs() -> History {
        changed { history in
            for index in history.merges.indices { history.merges[index].byID = true }
        }
    }

    private func withFewerSettings() -> [History] {
        settings.indices.map { index in changed { $0.settings.remove(at: index) } }
    }

    /// Without commits that no merge needs, or with a commit's steps done by its children.
    private func withFewerCommits() -> [History] {
        let lineages = lineages()
        let needed = merges.reduce(into: Set<String>()) { set, merge in
            set.formUnion((lineages[merge.ours] ?? []).union(lineages[merge.theirs] ?? []))
        }
        var found = [changed { $0.commits.removeAll { !needed.contains($0.name) } }]
        for (index, commit) in commits.enumerated().reversed() {
            for folds in [false, true] {
                found.append(
                    changed { history in
                        history.commits.remove(at: index)
                        for child in history.commits.indices {
                            guard let place = history.commits[child].parents.firstIndex(of: commit.name)
                            else { continue }
                            history.commits[child].parents.remove(at: place)
                            if place == 0 || history.commits[child].parents.isEmpty {
                                if folds {
                                    history.commits[child].steps.insert(contentsOf: commit.steps, at: 0)
                                }
                                if let parent = commit.parents.first,
                                    !history.commits[child].parents.contains(parent)
                                {
                                    history.commits[child].parents.insert(parent, at: 0)
                                }
                            }
                        }
                        // A merge of a commit that went is one of its parent.
                        for merge in history.merges.indices {
                            let parent = commit.parents.first ?? ""
                            if history.merges[merge].ours == commit.name {
                                history.merges[merge].ours = parent
                            }
                            if history.merges[merge].theirs == commit.name {
                                history.merges[merge].theirs = parent
                            }
                        }
                    })
            }
        }
        return found
    }

    private func withFewerParents() -> [History] {
        commits.indices.flatMap { index in
            commits[index].parents.count < 2
                ? []
                : commits[index].parents.indices.map { place in
                    changed { $0.commits[index].parents.remove(at: place) }
                }
        }
    }

    private func withoutDates() -> [History] {
        let all = changed { history in
            for index in history.commits.indices { history.commits[index].date = nil }
        }
        return [all] + commits.indices.map { index in changed { $0.commits[index].date = nil } }
    }

    private func withFewerSteps() -> [History] {
        let places = commits.indices.flatMap { commit in commits[commit].steps.indices.map { (commit, $0) } }
        return chunks(places.count).map { range in
            changed { history in
                for (commit, step) in places[range].reversed() {
                    history.commits[commit].steps.remove(at: step)
                }
            }
        }
    }

    /// With what a commit did said as briefly as can be: exact moves, writes and deletions.
    private func withDirectSteps() -> [History] {
        let snapshots = snapshots()
        return commits.indices.map { index in
            let commit = commits[index]
            let before = commit.parents.first.flatMap { snapshots[$0] } ?? Snapshot()
            let after = snapshots[commit.name] ?? Snapshot()
            var gone = before.paths.filter { after[$0] == nil }
            var moves: [Step] = []
            var writes: [Step] = []
            for path in after.paths where before[path] != after[path] {
                guard let entry = after[path] else { continue }
                if before[path] == nil, let from = gone.first(where: { before[$0] == entry }) {
                    gone.removeAll { $0 == from }
                    moves.append(.move(from, path))
                } else {
                    writes += entry.steps(to: path)
                }
            }
            let steps = moves + gone.map { .delete($0) } + writes
            return changed { $0.commits[index].steps = steps }
        }
    }

    /// Plain files for links and submodules, one file's move for a folder's, and the like.
    private func withNarrowerSteps() -> [History] {
        var found: [History] = []
        let snapshots = snapshots()
        for commit in commits.indices {
            var snapshot = commits[commit].parents.first.flatMap { snapshots[$0] } ?? Snapshot()
            for (place, step) in commits[commit].steps.enumerated() {
                for narrower in step.narrower(in: snapshot) {
                    found.append(
                        changed { $0.commits[commit].steps.replaceSubrange(place...place, with: narrower) })
                }
                snapshot.apply(step, commits: snapshots)
            }
        }
        return found
    }

    /// A copy with something done to it.
    func changed(_ change: (inout History) -> Void) -> History {
        var copy = self
        change(&copy)
        return copy
    }
}

/// Ranges of a list, from all of it down to single elements.
func chunks(_ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var size = count
    while size >= 1 {
        found += stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
        size /= 2
    }
    return found
}

extension Entry {
    /// What makes it at a path.
    fileprivate func steps(to path: Path) -> [Step] {
        switch self {
        case .file(let content, true): [.write(path, content), .mode(path, isExecutable: true)]
        case .file(let content, false): [.write(path, content), .mode(path, isExecutable: false)]
        case .link(let target): [.link(path, target)]
        case .gitlink(let id): [.gitlink(path, id)]
        }
    }
}

extension Step {
    /// The paths that it names.
    var paths: [Path] {
        switch self {
        case .write(let path, _), .mode(let path, _), .link(let path, _), .gitlink(let path, _),
            .delete(let path):
            [path]
        case .move(let from, let to), .copy(let from, let to): [from, to]
        case .take: []
        }
    }

    /// Part of a history's cost.
    var cost: Int {
        let names = paths.reduce(0) { sum, path in
            sum + 8 * path.components.count
                + path.components.joined().reduce(0) { $0 + (Spelling.isBare($1) ? 2 : 6) }
        }
        switch self {
        case .write(_, let content):
            let lines = Lines(content).lines
            return names + lines.reduce(0) { $0 + 10 + $1.count }
                + (lines.last.map { $0.last == UInt8(ascii: "\n") } ?? true ? 0 : 3)
        case .link(_, let target): return names + 40 + target.count
        case .gitlink: return names + 60
        case .copy, .take: return names + 30
        case .move: return names + 15
        case .mode, .delete: return names
        }
    }

    /// Simpler steps that do part of it.
    fileprivate func narrower(in snapshot: Snapshot) -> [[Step]] {
        switch self {
        case .link(let path, _), .gitlink(let path, _): [[.write(path, Array("x\n".utf8))]]
        case .move(let from, let to) where snapshot[from] == nil:
            snapshot.inside(from).map { [.move($0, $0.moved(from: from, to: to))] }
        case .delete(let folder) where snapshot[folder] == nil: snapshot.inside(folder).map { [.delete($0)] }
        case .copy(let from, let to):
            if case .file(let content, _)? = snapshot[from] { [[.write(to, content)]] } else { [] }
        default: []
        }
    }
}
