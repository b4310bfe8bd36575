internal import HybridMerging

/// A pattern as an automaton over bytes, for searches that no matching of single paths can do.
struct PatternAutomaton: Sendable {
    struct State: Sendable {
        /// What is read here, and where that leads.
        var set = ByteSet()
        var to = 0
        /// Where it goes on without reading.
        var skip = -1
        var otherSkip = -1
        var accepts = false
    }

    private(set) var states: [State] = []

    /// Leaves in `standIns` the bytes that every class takes as it takes the bytes of letters beyond ASCII; none where a class
    /// takes only some of those.
    ///
    /// `literally` leaves out the bytes that it names, too: what is excepted must not fall to a stand-in.
    func narrow(_ standIns: inout ByteSet, literally: Bool) {
        for state in states where !state.set.isEmpty && !ByteSet.inName.isSubset(of: state.set) {
            if state.set.only != nil {
                if literally { standIns = standIns.subtracting(state.set) }
            } else if ByteSet.ofLetters.isSubset(of: state.set) {
                standIns = standIns.intersection(state.set)
            } else if state.set.intersection(.ofLetters).isEmpty {
                standIns = standIns.subtracting(state.set)
            } else {
                standIns = ByteSet()
            }
        }
    }

    /// The automaton of a pattern.
    ///
    /// `isFile`: a name that stands at the base as a file stands for nothing below it.
    init(_ pattern: PathPattern, isFile: Bool = false) {
        if pattern.isGlob {
            for token in pattern.tokens { add(token) }
            states.append(State(accepts: true))
            return
        }
        for byte in pattern.text.utf8 { read(ByteSet(byte)) }
        guard !isFile else {
            states.append(State(accepts: true))
            return
        }
        states.append(State(set: .slash, to: states.count + 1, accepts: true))
        states.append(State(set: .all, to: states.count, accepts: true))
    }

    private mutating func read(_ set: ByteSet) {
        states.append(State(set: set, to: states.count + 1))
    }

    private mutating func loop(_ set: ByteSet) {
        states.append(State(set: set, to: states.count, skip: states.count + 1))
    }

    private mutating func add(_ token: PathPattern.Token) {
        switch token {
        case .byte(let byte): read(ByteSet(byte))
        case .set(let set, _): read(set)
        case .slash: read(.slash)
        case .star: loop(.inName)
        case .rest: loop(.all)
        case .folders:
            states.append(State(skip: states.count + 1, otherSkip: states.count + 3))
            loop(.all)
            read(.slash)
        }
    }

    /// The states that are reached from one without reading, itself among them.
    func closure(_ state: Int) -> [Int] {
        var found = [state]
        var at = 0
        while at < found.count {
            for next in [states[found[at]].skip, states[found[at]].otherSkip]
            where next >= 0 && !found.contains(next) { found.append(next) }
            at += 1
        }
        return found
    }
}

/// What git lets a path be: no empty component, no `.`, no `..`, no `.git` in any case; and UTF-8, as claims are.
///
/// Read along with every search, so that no witness is a path that cannot exist or be written down.
enum PathState {
    static let start = 0
    static let count = 14
    private static let other = 6
    /// Within a letter of several bytes: what may come next, and the state behind it (Unicode, table 3-7).
    private static let within: [(bytes: ClosedRange<UInt8>, next: Int)] = [
        (0x80...0xBF, other), (0x80...0xBF, 7), (0xA0...0xBF, 7), (0x80...0x9F, 7),
        (0x80...0xBF, 8), (0x90...0xBF, 8), (0x80...0x8F, 8),
    ]

    /// The state behind a byte; nil where no path goes on so.
    static func next(_ state: Int, _ byte: UInt8) -> Int? {
        if state > other {
            let (bytes, next) = within[state - 7]
            return bytes.contains(byte) ? next : nil
        }
        if byte == 47 { return mayEnd(state) ? start : nil }
        if byte == 0 { return nil }
        if byte > 0x7F { return within(leadingWith: byte) }
        switch (state, byte) {
        case (0, 46): return 1
        case (1, 46): return 2
        case (1, 103), (1, 71): return 3
        case (3, 105), (3, 73): return 4
        case (4, 116), (4, 84): return 5
        default: return other
        }
    }

    private static func within(leadingWith byte: UInt8) -> Int? {
        switch byte {
        case 0xC2...0xDF: 7
        case 0xE0: 9
        case 0xED: 10
        case 0xE1...0xEF: 8
        case 0xF0: 12
        case 0xF1...0xF3: 11
        case 0xF4: 13
        default: nil
        }
    }

    /// Whether a component may end here.
    static func mayEnd(_ state: Int) -> Bool { state == 3 || state == 4 || state == other }

    /// One byte of a set for each state that they lead to, the one after which anything may follow alone if there
    /// is one.
    ///
    /// `withLetters` gives what begins a letter of several bytes besides: a class behind it may hold only how that ends.
    static func choices(
        _ state: Int, _ set: ByteSet, withLetters: Bool
    ) -> [(byte: UInt8, state: Int)] {
        if let only = set.only { return next(state, only).map { [(only, $0)] } ?? [] }
        var out: [(byte: UInt8, state: Int)] = []
        for byte in ByteSet.order where byte != 47 && set.contains(byte) {
            guard let next = next(state, byte) else { continue }
            if next == other {
                if withLetters, out.contains(where: { $0.state == other }) { continue }
                out = out.filter { $0.state > other } + [(byte, next)]
                if withLetters { continue }
                break
            }
            if next < other, out.contains(where: { $0.state == other }) { continue }
            if !out.contains(where: { $0.state == next }) { out.append((byte, next)) }
        }
        if set.contains(47), let next = next(state, 47) { out.append((47, next)) }
        return out
    }
}
