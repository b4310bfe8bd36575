internal import HybridBase
internal import HybridGit

/// A file among the refs whose name git allows no ref to have.
enum MisnamedRef {
    static let reason = "git allows no ref of this name and passes over it"

    /// What to type to be rid of it; what it names gets a branch first.
    static func remedy(_ file: RefFile) -> String {
        let removal = "rm \(ShellWord.bare(file.path))"
        guard let id = file.id else { return removal }
        return "git update-ref refs/heads/misnamed-\(id.short) \(id); \(removal)"
    }
}
