internal import HybridGit

/// Values by path, as a tree of names, to find those that stand at a path, above it or below it without looking at
/// all of them.
///
/// Names are compared as bytes: Swift's == takes NFC and NFD for the same.
struct PathIndex {
    private struct Node {
        var parent: Int32
        var start: Int32
        var length: Int32
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
        var firstValue: Int32 = -1
        var lastValue: Int32 = -1
    }

    /// The root of the tree, which the empty path names.
    static let root = 0

    private var nodes = [Node(parent: -1, start: 0, length: 0)]
    private var names: [UInt8] = []
    private var values: [(value: Int, next: Int32)] = []
    /// Children by parent and name: open addressing, a power of two in size, at most half full.
    private var slots = [Int32](repeating: -1, count: 64)

    /// Adds a value at a path; the empty path is above all others.
    mutating func add(_ value: Int, at path: String) {
        var node = Self.root
        for part in RepoPath(path).components { node = makeChild(of: node, part) }
        values.append((value, -1))
        let number = Int32(values.count - 1)
        if nodes[node].lastValue >= 0 {
            values[Int(nodes[node].lastValue)].next = number
        } else {
            nodes[node].firstValue = number
        }
        nodes[node].lastValue = number
    }

    /// The values at a path, above it and below it; each once.
    func meeting(_ path: String) -> [Int] {
        var found: [Int] = []
        var node = Self.root
        for part in RepoPath(path).components {
            visit(node) { found.append($0) }
            guard let next = child(of: node, part) else { return found }
            node = next
        }
        visitAll(from: node) { found.append($0) }
        return found
    }

    // MARK: The tree

    /// The child with a name; nil when there is none.
    func child(of node: Int, _ name: some Collection<UInt8>) -> Int? {
        var slot = slotOf(node, name)
        while slots[slot] >= 0 {
            if isChild(Int(slots[slot]), node, name) { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// What holds a node; nil for the root.
    func parent(of node: Int) -> Int? { node == Self.root ? nil : Int(nodes[node].parent) }

    /// A node's own name.
    func name(of node: Int) -> ArraySlice<UInt8> {
        let start = Int(nodes[node].start)
        return names[start..<(start + Int(nodes[node].length))]
    }

    /// Whether a value stands at a node itself.
    func hasValues(_ node: Int) -> Bool { nodes[node].firstValue >= 0 }

    /// The values at a node itself, in the order in which they came.
    func visit(_ node: Int, _ body: (Int) -> Void) {
        var at = nodes[node].firstValue
        while at >= 0 {
            body(values[Int(at)].value)
            at = values[Int(at)].next
        }
    }

    /// The node's children, the newest first.
    func children(of node: Int) -> [Int] {
        var found: [Int] = []
        var at = nodes[node].firstChild
        while at >= 0 {
            found.append(Int(at))
            at = nodes[Int(at)].nextSibling
        }
        return found
    }

    /// The values at a node and everywhere below it.
    func visitAll(from node: Int, _ body: (Int) -> Void) {
        var waiting = [node]
        while let next = waiting.popLast() {
            visit(next, body)
            waiting += children(of: next)
        }
    }

    /// How many nodes there are.
    var count: Int { nodes.count }

    private mutating func makeChild(of node: Int, _ name: ArraySlice<UInt8>) -> Int {
        if let known = child(of: node, name) { return known }
        let start = Int32(names.count)
        names.append(contentsOf: name)
        let made = Int32(nodes.count)
        nodes.append(
            Node(
                parent: Int32(node), start: start, length: Int32(name.count),
                nextSibling: nodes[node].firstChild))
        nodes[node].firstChild = made
        if nodes.count * 2 > slots.count {
            slots = [Int32](repeating: -1, count: slots.count * 4)
            for other in 1..<nodes.count { place(Int32(other)) }
        } else {
            place(made)
        }
        return Int(made)
    }

    private mutating func place(_ node: Int32) {
        var slot = slotOf(Int(nodes[Int(node)].parent), name(of: Int(node)))
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = node
    }

    private func isChild(_ node: Int, _ parent: Int, _ name: some Collection<UInt8>) -> Bool {
        Int(nodes[node].parent) == parent && self.name(of: node).elementsEqual(name)
    }

    /// FNV-1a over the parent's number and the name.
    private func slotOf(_ parent: Int, _ name: some Collection<UInt8>) -> Int {
        var hash: UInt64 =
            0xcbf2_9ce4_8422_2325 ^ (UInt64(truncatingIfNeeded: parent) &* 0x9e37_79b9_7f4a_7c15)
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        return Int(truncatingIfNeeded: hash) & (slots.count - 1)
    }
}
