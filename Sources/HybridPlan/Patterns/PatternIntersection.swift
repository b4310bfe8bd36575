/// Finds a path that two patterns both cover.
public enum PatternIntersection {
    /// What a search found.
    public enum Meeting: Hashable, Sendable {
        /// No path is in both.
        case disjoint
        /// This one is.
        case at(String)
        /// The search was given up; to be taken for an overlap.
        case undecided
    }

    /// The most places that one search looks at, some tenths of a second of work.
    static let mostStates = 1 << 18

    /// A path in both patterns; nil only where none can exist.
    ///
    /// Polynomial: the product of both automata, each state seen once. `folding` compares as file systems do that
    /// ignore case and composition. A pair that cannot be decided gives the first pattern's text.
    public static func witness(_ a: PathPattern, _ b: PathPattern, folding: Bool = false) -> String? {
        switch folding ? meetFolded(a, b) : meet(a, b) {
        case .disjoint: nil
        case .at(let path): path
        case .undecided: a.text
        }
    }

    /// Where two patterns meet outside what `except` covers.
    ///
    /// `isFile` says of each whether it is a name that stands at the base as a file; `alphabet` is what paths are made of.
    /// Exact within ``mostStates``.
    static func meet(
        _ a: PathPattern, _ b: PathPattern, isFile: (Bool, Bool) = (false, false), except: [PathPattern] = [],
        alphabet: ByteSet = .all, most: Int = mostStates
    ) -> Meeting {
        if let path = quick(a, b) ?? quick(b, a), !except.contains(where: { $0.matches(path) }) {
            return .at(path)
        }
        if !a.isGlob, !b.isGlob, except.isEmpty,
            !a.matches(b.text), !b.matches(a.text)
        {
            return .disjoint
        }
        var search = MeetingSearch(
            PatternAutomaton(a, isFile: isFile.0), PatternAutomaton(b, isFile: isFile.1),
            except: except.map { PatternAutomaton($0) }, alphabet: alphabet, most: most)
        return search.run()
    }

    /// A name that the other covers, which needs no search.
    private static func quick(_ name: PathPattern, _ other: PathPattern) -> String? {
        !name.isGlob && other.matches(name.text) ? name.text : nil
    }

    /// Where two patterns meet once case and composition do not count; the path is folded.
    static func meetFolded(
        _ a: PathPattern, _ b: PathPattern, isFile: (Bool, Bool) = (false, false), except: [PathPattern] = []
    ) -> Meeting {
        var undecided = false
        let isASCII = [a, b].allSatisfy { $0.text.utf8.allSatisfy { $0 < 128 } }
        for composed in isASCII ? [false] : [false, true] {
            let found = meet(
                a.folded(composed: composed), b.folded(composed: composed), isFile: isFile,
                except: except.map { $0.folded(composed: composed, isTaken: true) }, alphabet: .folded)
            if case .at = found { return found }
            if found == .undecided { undecided = true }
        }
        return undecided ? .undecided : .disjoint
    }
}

/// The search for a path that two automata accept and no other does, breadth first, so that the witness is short.
///
/// Of the two any way to accept counts, so their states are walked one by one; of what is excepted every way counts,
/// so its states are walked as sets, made when they are met.
struct MeetingSearch {
    private let a: PatternAutomaton
    private let b: PatternAutomaton
    private let except: [PatternAutomaton]
    private let alphabet: ByteSet
    private let most: Int
    private let withLetters: Bool
    /// The sets of excepted states, numbered.
    private var sets: [[[Int]]] = []
    private var numbers: [[[Int]]: Int] = [:]
    private var queue: [(key: Int, parent: Int32, byte: UInt8)] = []
    private var seen: Set<Int> = []
    /// The same, for searches that are small from the start.
    private var seenSmall: [Bool] = []
    private var gaveUp = false

    init(
        _ a: PatternAutomaton, _ b: PatternAutomaton, except: [PatternAutomaton], alphabet: ByteSet, most: Int
    ) {
        self.a = a
        self.b = b
        self.except = except
        self.alphabet = alphabet
        self.most = most
        // Where some byte can stand for all parts of letters, these need no places of their own, which would be many.
        var standIns = ByteSet.plain.intersection(alphabet)
        a.narrow(&standIns, literally: false)
        b.narrow(&standIns, literally: false)
        for taken in except { taken.narrow(&standIns, literally: true) }
        withLetters = standIns.isEmpty
    }

    mutating func run() -> PatternIntersection.Meeting {
        let start = number(except.map { $0.closure(0) })
        let places = PathState.count * a.states.count * b.states.count
        if except.isEmpty, places < 1 << 16 { seenSmall = [Bool](repeating: false, count: places) }
        push(0, 0, PathState.start, start, parent: -1, byte: 0)
        var at = 0
        while at < queue.count {
            let (i, j, path, set) = unpacked(queue[at].key)
            if a.states[i].accepts, b.states[j].accepts, PathState.mayEnd(path), !isExcepted(set) {
                return .at(text(endingAt: at))
            }
            let (one, two) = (a.states[i], b.states[j])
            let both = one.set.intersection(two.set).intersection(alphabet)
            if !both.isEmpty {
                for block in except.isEmpty ? [both] : blocks(both, set) {
                    for choice in PathState.choices(path, block, withLetters: withLetters) {
                        let next = except.isEmpty ? set : step(set, choice.byte)
                        push(one.to, two.to, choice.state, next, parent: Int32(at), byte: choice.byte)
                    }
                }
            }
            if gaveUp { return .undecided }
            at += 1
        }
        return .disjoint
    }

    private mutating func push(_ i: Int, _ j: Int, _ path: Int, _ set: Int, parent: Int32, byte: UInt8) {
        let key = ((set * PathState.count + path) * a.states.count + i) * b.states.count + j
        if seenSmall.isEmpty {
            guard seen.insert(key).inserted else { return }
        } else {
            if seenSmall[key] { return }
            seenSmall[key] = true
        }
        queue.append((key, parent, byte))
        for next in [a.states[i].skip, a.states[i].otherSkip] where next >= 0 {
            push(next, j, path, set, parent: parent, byte: byte)
        }
        for next in [b.states[j].skip, b.states[j].otherSkip] where next >= 0 {
            push(i, next, path, set, parent: parent, byte: byte)
        }
        if queue.count > most || sets.count > most >> 4 { gaveUp = true }
    }

    private func unpacked(_ key: Int) -> (i: Int, j: Int, path: Int, set: Int) {
        let (rest, j) = key.quotientAndRemainder(dividingBy: b.states.count)
        let (more, i) = rest.quotientAndRemainder(dividingBy: a.states.count)
        let (set, path) = more.quotientAndRemainder(dividingBy: PathState.count)
        return (i, j, path, set)
    }

    private func text(endingAt place: Int) -> String {
        var bytes: [UInt8] = []
        var at = place
        while queue[at].parent >= 0 {
            bytes.append(queue[at].byte)
            at = Int(queue[at].parent)
        }
        return String(decoding: bytes.reversed(), as: UTF8.self)
    }

    // MARK: What is excepted

    private func isExcepted(_ set: Int) -> Bool {
        zip(except, sets[set]).contains { automaton, states in
            states.contains { automaton.states[$0].accepts }
        }
    }

    private mutating func number(_ states: [[Int]]) -> Int {
        if let known = numbers[states] { return known }
        numbers[states] = sets.count
        sets.append(states)
        return sets.count - 1
    }

    /// A set cut so that all bytes of a part lead the excepted automata to the same states.
    private func blocks(_ set: ByteSet, _ number: Int) -> [ByteSet] {
        var parts = [set]
        for (automaton, states) in zip(except, sets[number]) {
            for state in states {
                let own = automaton.states[state].set
                parts = parts.flatMap { [$0.intersection(own), $0.subtracting(own)] }.filter { !$0.isEmpty }
            }
        }
        return parts
    }

    private mutating func step(_ set: Int, _ byte: UInt8) -> Int {
        number(
            zip(except, sets[set]).map { automaton, states in
                var next: Set<Int> = []
                for state in states where automaton.states[state].set.contains(byte) {
                    next.formUnion(automaton.closure(automaton.states[state].to))
                }
                return next.sorted()
            })
    }
}
