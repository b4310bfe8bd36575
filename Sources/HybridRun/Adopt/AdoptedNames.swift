internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridReport

/// Finds the branches that somebody names, one by one or by patterns.
package struct AdoptedNames {
    /// Names and patterns: of local branches, of full refs, or of a remote's branches.
    package var words: [String]
    /// The remote whose branches are meant, as they were fetched last.
    package var remote: String?

    package init(_ words: [String], remote: String? = nil) { (self.words, self.remote) = (words, remote) }

    /// The branches in the order in which they are named, those that one pattern finds by name; each once.
    ///
    /// A pattern is git's wildmatch: `*` stays between slashes, `**` crosses them; as for `git for-each-ref` the beginning
    /// of a name up to a slash is enough. It never finds the target, nor branches of hybrid's own. Throws where a name, or a
    /// pattern, finds nothing.
    func find(in repository: Repository, target: BranchName) throws -> [AdoptedBranch] {
        var found: [AdoptedBranch] = []
        var seen: Set<String> = []
        for word in words.isEmpty && remote != nil ? ["**"] : words {
            let some =
                PathPattern.hasWildcard(word)
                ? try matching(word, repository, target) : [try named(word, repository)]
            for branch in some where seen.insert(branch.name).inserted { found.append(branch) }
        }
        return found
    }

    // MARK: Names

    private func named(_ word: String, _ repository: Repository) throws -> AdoptedBranch {
        let places =
            remote.map { [("refs/remotes/\($0)/\(word)", AdoptedBranch.Origin.fetched, "\($0)/\(word)")] }
            ?? [
                ("refs/heads/\(word)", .local, word), ("refs/remotes/\(word)", .fetched, word),
            ]
        for (ref, origin, name) in places {
            guard let ref = try? RefName(ref), let tip = try repository.id(of: ref) else { continue }
            return AdoptedBranch(name: name, tip: tip, origin: origin)
        }
        if let remote {
            throw HybridError(
                .noSuchRevision, "\(remote)/\(shortened(word))", "it was not fetched, or is not there",
                next: "git fetch \(ShellWord.bare(remote))")
        }
        if let ref = try? RefName(word), let tip = try repository.id(of: ref) { return Self.branch(ref, tip) }
        let tip = try repository.commits(named: [word])[0]
        return AdoptedBranch(name: word, tip: tip, origin: .commit)
    }

    /// A branch as its ref names it.
    private static func branch(_ ref: RefName, _ tip: ObjectID) -> AdoptedBranch {
        if let local = ref.branch { return AdoptedBranch(name: local.text, tip: tip, origin: .local) }
        let name = ref.text.rest(behind: "refs/remotes/").map { String($0) } ?? ref.text
        return AdoptedBranch(name: name, tip: tip, origin: .fetched)
    }

    // MARK: Patterns

    private func matching(
        _ word: String, _ repository: Repository, _ target: BranchName
    ) throws -> [AdoptedBranch] {
        let folder = remote.map { "refs/remotes/\($0)/" } ?? (word.hasPrefix("refs/") ? "" : "refs/heads/")
        let pattern = PathPattern(word, isLiteral: false)
        let fixed = folder + word.prefix { !"*?[".contains($0) }
        let all = try repository.references(prefix: fixed)
        let names = Set(all.map(\.name.text))
        let found = all.filter { ref in
            Self.matches(pattern, ref.name.text.dropFirst(folder.count))
                && !isOwn(ref.name.text, word, target) && !Self.isForgesMerge(ref.name.text, names)
        }
        guard !found.isEmpty else {
            throw HybridError(
                .noSuchRevision, shortened(word),
                remote.map { "no branch of \($0) matches it" } ?? "no branch matches it",
                next: remote.map { "git fetch \(ShellWord.bare($0))" }
                    ?? "list what is there: git for-each-ref")
        }
        return found.map { Self.branch($0.name, $0.id) }
    }

    private static func matches(_ pattern: PathPattern, _ name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8)
        if pattern.matches(bytes[...]) { return true }
        return bytes.indices.contains { bytes[$0] == UInt8(ascii: "/") && pattern.matches(bytes[..<$0]) }
    }

    /// What a pattern does not mean although it matches.
    private func isOwn(_ ref: String, _ word: String, _ target: BranchName) -> Bool {
        if ref == target.ref.text { return true }
        if let remote {
            return ref == "refs/remotes/\(remote)/HEAD" || ref == "refs/remotes/\(remote)/\(target)"
        }
        return ref.hasPrefix(RunNames.refs) || RunNames.parse(branch: ref) != nil || ref.hasSuffix("/HEAD")
    }

    /// The merge of a request into its target that a forge keeps beside the request's own tip.
    private static func isForgesMerge(_ ref: String, _ names: Set<String>) -> Bool {
        let own = "/merge"
        guard ref.hasPrefix("refs/"), !ref.hasPrefix("refs/heads/"), ref.hasSuffix(own) else { return false }
        return names.contains(ref.dropLast(own.count) + "/head")
    }
}
