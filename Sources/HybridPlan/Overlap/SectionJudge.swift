/// Knows where sections of files lie, and whether two of one file keep apart.
public protocol SectionJudge {
    /// Gets to know all sections that will be asked about.
    func prepare(_ claims: [Claim]) throws
    /// Why a section cannot be found; nil where it can.
    func problem(_ section: Claim.Section, in path: String) -> String?
    /// Why two sections of a file meet; nil where they do not.
    func overlap(path: String, a: Claim.Section, b: Claim.Section) -> String?
    /// Some sections of a file that keep apart from each other, in order; none where fewer than two are known.
    func parts(of path: String) throws -> [Claim.Section]
}

extension SectionJudge {
    /// None: a judge that only answers about sections that are named.
    public func parts(of path: String) throws -> [Claim.Section] { [] }
}
