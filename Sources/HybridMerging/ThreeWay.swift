/// One value for each side of a three-way merge.
public struct ThreeWay<Value> {
    /// The value at the merge base.
    public var base: Value
    /// The value on the side that is merged into.
    public var ours: Value
    /// The value on the side that is merged.
    public var theirs: Value

    /// Makes the three.
    public init(base: Value, ours: Value, theirs: Value) {
        self.base = base
        self.ours = ours
        self.theirs = theirs
    }
}

extension ThreeWay: Equatable where Value: Equatable {}
extension ThreeWay: Hashable where Value: Hashable {}
extension ThreeWay: Sendable where Value: Sendable {}
