/// One item of the integration checklist (the method's step 4), answered from facts.
public struct ChecklistItem: Codable, Hashable, Sendable {
    /// A stable name.
    public var id: String
    /// The template's words.
    public var text: String
    /// Yes, no, or nil where the plan asks for no such thing or it was not checked.
    public var answer: Bool?
    /// What the answer rests on.
    public var evidence: String

    /// Makes an item.
    public init(id: String, text: String, answer: Bool?, evidence: String) {
        self.id = id
        self.text = text
        self.answer = answer
        self.evidence = evidence
    }
}
