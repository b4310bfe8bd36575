/// Something that could not be done, in the product's one form: the thing, the reason, the next step.
public struct HybridError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is about: a file with line, a branch, a path, a job.
    public var thing: String
    /// Why it could not be done, one line.
    public var reason: String
    /// What to type or change next; nil where the reason says it.
    public var next: String?

    /// Makes an error.
    public init(_ thing: String, _ reason: String, next: String? = nil) {
        self.thing = thing
        self.reason = reason
        self.next = next
    }

    /// `thing: reason (next)`.
    public var description: String {
        next.map { "\(thing): \(reason); \($0)" } ?? "\(thing): \(reason)"
    }
}
