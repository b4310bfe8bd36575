/// A marker block in a file, filled from the files that the workers made.
public struct ExportList: Hashable, Sendable {
    /// The file that holds the block.
    public var file: RepoRelativePath
    /// A built-in form; nil where ``template`` says the line, or the file's ending the form.
    public var form: Form?
    /// The files that appear, a glob; every file made beside ``file`` when nil.
    public var from: String?
    /// The line for one file: `{path}` and `{dir}` (its folder) as seen from ``file``, `{name}` (no
    /// extension), `{Type}`, `{root}` and `{folder}` (both from the repository's root) and `{import}` (the import path of
    /// a Go package) are replaced.
    public var template: String?
    /// The text that opens the block; a form's own comment style when nil.
    public var begin: String?
    /// The text that closes the block.
    public var end: String?

    /// The built-in forms of an export list.
    public enum Form: String, Hashable, Sendable, CaseIterable {
        case python, typescript, rust, cpp, go, list
    }

    /// Makes an export list.
    public init(
        file: RepoRelativePath, form: Form? = nil, from: String? = nil, template: String? = nil,
        begin: String? = nil, end: String? = nil
    ) {
        self.file = file
        self.form = form
        self.from = from
        self.template = template
        self.begin = begin
        self.end = end
    }
}
