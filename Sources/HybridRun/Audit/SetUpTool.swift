internal import HybridMerging
internal import HybridPlan

/// A program that sets itself up in a repository by changing what git runs there, as many do when packages are installed.
///
/// Only what the change looks like: it is told, and excuses nothing.
public enum SetUpTool: String, Hashable, Sendable, CaseIterable {
    case husky, lefthook, overcommit, nbstripout, prek
    case preCommit = "pre-commit"
    case gitLFS = "git-lfs"
    case simpleGitHooks = "simple-git-hooks"

    /// What makes it do so, and how a job keeps it from that.
    public var words: String {
        switch self {
        case .husky:
            "husky, which npm starts when it installs packages; HUSKY=0 in front of the command keeps it out"
        case .lefthook: "lefthook install, which npm starts as well; npm ci --ignore-scripts keeps it out"
        case .overcommit: "overcommit --install"
        case .nbstripout: "nbstripout --install"
        case .prek: "prek install"
        case .preCommit: "pre-commit install"
        case .gitLFS: "git lfs install --local"
        case .simpleGitHooks:
            "simple-git-hooks; SKIP_INSTALL_SIMPLE_GIT_HOOKS=1 in front of the command keeps it out"
        }
    }

    /// What a hook, or a file of attributes, of the tool holds.
    private var marks: [String] {
        switch self {
        case .husky: ["husky"]
        case .lefthook: ["lefthook"]
        case .overcommit: ["overcommit"]
        case .nbstripout: ["nbstripout"]
        case .prek: ["prek"]
        case .preCommit: ["pre-commit.com", "pre_commit"]
        case .gitLFS: ["git lfs", "git-lfs", "filter=lfs"]
        case .simpleGitHooks: ["SIMPLE_GIT_HOOKS"]
        }
    }

    /// The tool that a setting looks like; nil where it is none that is known.
    static func of(_ key: String, _ values: [String]) -> SetUpTool? {
        let all = values.joined(separator: " ").lowercased()
        switch key.lowercased() {
        case "core.hookspath": return [husky, lefthook, overcommit].first { all.contains($0.rawValue) }
        case "filter.lfs.clean", "filter.lfs.smudge", "filter.lfs.process", "filter.lfs.required":
            return .gitLFS
        case let key where key.hasPrefix("filter.nbstripout."): return .nbstripout
        case "diff.ipynb.textconv": return all.contains("nbstripout") ? .nbstripout : nil
        default: return nil
        }
    }

    /// The tool that the content of a hook or a file of attributes looks like; nil where it is none that is known.
    static func of(_ content: [UInt8]) -> SetUpTool? {
        let text = String(decoding: content.prefix(65536), as: UTF8.self)
        return allCases.first { $0.marks.contains(where: text.contains) }
    }
}
