/// The names that one history is made of: few, so that what its parts do meets.
struct Flavour: Sendable {
    /// Folders, some inside others.
    var folders: [Path]
    /// Names of files.
    var names: [Path]

    static let plain = Flavour(
        folders: ["d", "e", "g", "d/s", "e/s", "d/s/t"], names: ["a", "b", "c", "f.txt", "m.c", "x"])
    /// Names that git quotes, or that are no UTF-8.
    static let odd = Flavour(
        folders: ["d d", "\u{e9}", "q\"q", "d d/s", "tab\tdir"],
        names: [
            "a b", "\u{e4}", "\u{65}\u{301}", "new\nline", "back\\slash", "'", "-", "x~y",
            Path(bytes: [0x66, 0xff]), "\u{1F600}",
        ])
    /// Names that sort around the slash, where a tree's order is not the paths' order.
    static let sorting = Flavour(
        folders: ["a", "a-b", "a.b", "a0", "a/b", "a.b/a"],
        names: ["a", "a.b", "a-b", "a0", "a.", "a-", "b", "b.", "b0"])
    /// Names that differ in case, or are spelled as a conflict's are.
    static let alike = Flavour(
        folders: ["d", "D", "d~ours", "d/S", "d/s"],
        names: ["a", "A", "a~ours", "a~theirs", "a~HEAD", "a~ours_0", "readme", "README"])

    static func any(_ random: inout Random) -> Flavour {
        random.pick(weighted: [(70, plain), (10, odd), (12, sorting), (8, alike)])
    }
}
