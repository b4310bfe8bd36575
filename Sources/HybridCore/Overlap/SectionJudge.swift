/// Says whether two sections of one file keep apart.
public protocol SectionJudge {
    /// Why two sections of a file meet; nil where they do not.
    ///
    /// Throws where the file cannot be read.
    func overlap(path: String, a: Claim.Section, b: Claim.Section) throws -> String?
}
