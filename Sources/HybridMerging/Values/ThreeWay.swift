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

    /// The same value three times.
    public init(repeating value: Value) { self.init(base: value, ours: value, theirs: value) }

    /// Makes the three, the base first.
    public static func each<E: Error>(_ make: (MergeStage) throws(E) -> Value) throws(E) -> ThreeWay {
        ThreeWay(base: try make(.base), ours: try make(.ours), theirs: try make(.theirs))
    }

    /// What comes of each, the base first.
    public func map<Other, E: Error>(
        _ transform: (Value) throws(E) -> Other
    ) throws(E) -> ThreeWay<Other> {
        ThreeWay<Other>(base: try transform(base), ours: try transform(ours), theirs: try transform(theirs))
    }

    /// What comes of each together with its counterpart.
    func zip<Other, Result>(
        _ other: ThreeWay<Other>, _ combine: (Value, Other) -> Result
    ) -> ThreeWay<Result> {
        ThreeWay<Result>(
            base: combine(base, other.base), ours: combine(ours, other.ours),
            theirs: combine(theirs, other.theirs))
    }

    /// The value of one stage.
    public subscript(stage: MergeStage) -> Value {
        get {
            switch stage {
            case .base: base
            case .ours: ours
            case .theirs: theirs
            }
        }
        set {
            switch stage {
            case .base: base = newValue
            case .ours: ours = newValue
            case .theirs: theirs = newValue
            }
        }
    }
}

extension ThreeWay: Equatable where Value: Equatable {}
extension ThreeWay: Hashable where Value: Hashable {}
extension ThreeWay: Sendable where Value: Sendable {}

/// Which of the three versions; git's index numbers them 1, 2 and 3.
public enum MergeStage: Int, CaseIterable, Sendable {
    case base, ours, theirs

    /// The number in git's index.
    public var number: Int { rawValue + 1 }
}

/// One of the two sides that are merged.
enum Side: Int, CaseIterable, Sendable {
    case ours = 1
    case theirs = 2

    var other: Side { self == .ours ? .theirs : .ours }
    var stage: MergeStage { self == .ours ? .ours : .theirs }
    var mask: StageSet { self == .ours ? .ours : .theirs }

    /// The side that alone is in `mask`; nil for any other set.
    init?(onlyIn mask: StageSet) {
        switch mask {
        case .ours: self = .ours
        case .theirs: self = .theirs
        default: return nil
        }
    }
}

/// A value for each side.
struct PerSide<Value> {
    var ours: Value
    var theirs: Value

    subscript(side: Side) -> Value {
        get { side == .ours ? ours : theirs }
        set {
            switch side {
            case .ours: ours = newValue
            case .theirs: theirs = newValue
            }
        }
        _modify {
            switch side {
            case .ours: yield &ours
            case .theirs: yield &theirs
            }
        }
    }
}

extension PerSide {
    init(repeating value: Value) { self.init(ours: value, theirs: value) }

    static func each(_ make: (Side) -> Value) -> PerSide {
        PerSide(ours: make(.ours), theirs: make(.theirs))
    }
}

extension PerSide: Sendable where Value: Sendable {}

/// Some of the three stages.
struct StageSet: OptionSet, Hashable, Sendable {
    var rawValue: UInt8

    static let base = StageSet(rawValue: 1)
    static let ours = StageSet(rawValue: 2)
    static let theirs = StageSet(rawValue: 4)
    static let all = StageSet(rawValue: 7)
    static let sides: StageSet = [.ours, .theirs]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ stage: MergeStage) { self.init(rawValue: 1 << UInt8(stage.rawValue)) }

    func contains(_ stage: MergeStage) -> Bool { contains(StageSet(stage)) }
}
