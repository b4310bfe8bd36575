/// Objects that exist in memory only, for any number of stores to read.
public struct LentObjects: Sendable {
    private(set) var objects: [ObjectID: WaitingObject]

    /// No objects.
    public init() { objects = [:] }

    init(_ objects: [ObjectID: WaitingObject]) { self.objects = objects }

    /// How many there are.
    public var count: Int { objects.count }

    /// Takes in what others hold; the bytes are shared.
    public mutating func add(_ others: LentObjects) { objects.merge(others.objects) { one, _ in one } }
}
