/// What a split index keeps beside its own entries: which shared index it stands on, and what it changes of it.
///
/// Source: gitformat-index(5), "Split index", and gitformat-bitmap(5) for the form of the two bitmaps.
struct SplitIndex {
    /// The checksum of the shared index, which its file is named by; nil where the index stands alone.
    let base: ObjectID?
    /// The entries of the shared index that are gone, and those whose facts stand in the index itself.
    let deleted: [Int]
    let replaced: [Int]

    /// Reads the extension; nil where it is damaged.
    init?(_ body: ArraySlice<UInt8>) {
        guard let id = ObjectID(bytes: body.prefix(ObjectID.length)) else { return nil }
        base = id == .zero ? nil : id
        var rest = body.dropFirst(ObjectID.length)
        if rest.isEmpty {
            (deleted, replaced) = ([], [])
            return
        }
        guard let deleted = Self.positions(&rest), let replaced = Self.positions(&rest) else { return nil }
        (self.deleted, self.replaced) = (deleted, replaced)
    }

    /// The bits that are set in a compressed bitmap, in their order.
    private static func positions(_ bytes: inout ArraySlice<UInt8>) -> [Int]? {
        func number(_ count: Int) -> UInt64? {
            guard bytes.count >= count else { return nil }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let size = number(4), let words = number(4), words <= UInt64(bytes.count) / 8 else {
            return nil
        }
        var (found, at, left) = ([Int](), 0, Int(words))
        while left > 0 {
            // A word says how many words of equal bits follow, and how many that are written out.
            guard let marker = number(8) else { return nil }
            left -= 1
            let (run, literal) = (Int(marker >> 1 & 0xFFFF_FFFF), Int(marker >> 33))
            guard literal <= left, at + run * 64 <= Int(size) + 64 else { return nil }
            if marker & 1 == 1 { found += at..<min(at + run * 64, Int(size)) }
            at += run * 64
            for _ in 0..<literal {
                guard let word = number(8) else { return nil }
                left -= 1
                for bit in 0..<64 where word >> UInt64(bit) & 1 == 1 { found.append(at + bit) }
                at += 64
            }
        }
        // Where the last marker lies: only whoever appends needs it.
        return number(4) == nil ? nil : found
    }
}

extension IndexFile {
    /// The whole index that a split one stands for, without extensions; `folder` holds the shared ones.
    func joined(_ split: SplitIndex, sharedIn folder: String) throws(GitError) -> [UInt8] {
        var plain = PlainIndex()
        guard let id = split.base else {
            for position in 0..<count { plain.add(fields(position), name(position)) }
            return plain.finished()
        }
        let base = try IndexFile("\(folder)/sharedindex.\(id)")
        guard base.count > 0 || count == 0 else { throw damaged() }
        let (deleted, replaced) = (Set(split.deleted), Set(split.replaced))
        // The facts of replaced entries come first, without names.
        var (own, added) = (0, replaced.count)
        guard added <= count, replaced.allSatisfy({ $0 < base.count }) else { throw damaged() }
        func addOwn(before other: (name: ArraySlice<UInt8>, stage: UInt8)?) {
            while added < count {
                let name = name(added)
                if let other {
                    let isSmaller = name.lexicographicallyPrecedes(other.name)
                    guard isSmaller || name.elementsEqual(other.name) && stage(added) < other.stage else {
                        return
                    }
                }
                plain.add(fields(added), name)
                added += 1
            }
        }
        for position in 0..<base.count {
            let name = base.name(position)
            let isReplaced = replaced.contains(position)
            if isReplaced { own += 1 }
            if deleted.contains(position) { continue }
            addOwn(before: (name, isReplaced ? stage(own - 1) : base.stage(position)))
            // An added entry takes the place of what the shared index has of that name.
            if let last = plain.last, last.name.elementsEqual(name), last.stage == base.stage(position) {
                continue
            }
            plain.add(isReplaced ? fields(own - 1) : base.fields(position), name)
        }
        addOwn(before: nil)
        return plain.finished()
    }
}
