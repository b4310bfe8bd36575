import HybridGit

/// Where a change set can meet another, as hashes of paths.
///
/// Two change sets from one base can only conflict where they share a path; where one's path is a folder above the other's; or
/// where one adds below a folder that the other took away, which may be a rename of the folder. Two paths of one hash only
/// cost a needless merge.
///
/// All three need a folder in which both differ from the base: a folder that differs in one change set only is not looked
/// into, and counts as a folder above whatever changed in it.
struct Footprint: Sendable {
    /// The changed paths and the places of their changes, by hash.
    let paths: [(hash: UInt64, change: Int32)]
    /// The folders above changed paths.
    let folders: [UInt64]
    /// The folders above added paths.
    let filled: [UInt64]
    /// The folders that are gone.
    let removed: [UInt64]

    init(_ set: ChangeSet) {
        var paths: [(hash: UInt64, change: Int32)] = []
        paths.reserveCapacity(set.changes.count)
        var folders: Set<UInt64> = []
        var filled: Set<UInt64> = []
        let separator = RepoPath.separator
        for (index, change) in set.changes.enumerated() {
            var hash = PathHash()
            for byte in change.path.bytes {
                if byte == separator {
                    folders.insert(hash.value)
                    if change.old == nil { filled.insert(hash.value) }
                }
                hash.add(byte)
            }
            paths.append((hash.value, Int32(index)))
        }
        for folder in set.unopened {
            // Something may have been added in it, and so in every folder above.
            var hash = PathHash()
            for byte in folder.bytes + [separator] {
                if byte == separator {
                    folders.insert(hash.value)
                    filled.insert(hash.value)
                }
                hash.add(byte)
            }
        }
        self.paths = paths.sorted { $0.hash < $1.hash }
        self.folders = folders.sorted()
        self.filled = filled.sorted()
        removed = set.removedFolders.map { PathHash.of($0) }.sorted()
    }

    /// How two change sets meet.
    struct Meeting {
        /// The places of changes to the same path, in each change set.
        var shared: [(one: Int, two: Int)] = []
        /// Whether folders are involved, so that only a whole merge can tell.
        var involvesFolders = false

        var isNone: Bool { shared.isEmpty && !involvesFolders }
    }

    /// How this change set meets another from the same base.
    ///
    /// Linear in the sizes of both.
    func meets(_ other: Footprint) -> Meeting {
        var meeting = Meeting()
        var (i, j) = (0, 0)
        while i < paths.count, j < other.paths.count {
            if paths[i].hash == other.paths[j].hash {
                let hash = paths[i].hash
                let (first, last) = (j, other.paths[j...].firstIndex { $0.hash != hash } ?? other.paths.count)
                while i < paths.count, paths[i].hash == hash {
                    for place in first..<last {
                        meeting.shared.append((Int(paths[i].change), Int(other.paths[place].change)))
                    }
                    i += 1
                }
                j = last
            } else if paths[i].hash < other.paths[j].hash {
                i += 1
            } else {
                j += 1
            }
        }
        meeting.involvesFolders =
            Self.share(folders, other.paths) || Self.share(other.folders, paths)
            || Self.share(filled, other.removed) || Self.share(other.filled, removed)
        return meeting
    }

    private static func share(_ a: [UInt64], _ b: [UInt64]) -> Bool {
        share(a, b.count) { b[$0] }
    }

    private static func share(_ a: [UInt64], _ b: [(hash: UInt64, change: Int32)]) -> Bool {
        share(a, b.count) { b[$0].hash }
    }

    private static func share(_ a: [UInt64], _ count: Int, _ b: (Int) -> UInt64) -> Bool {
        var (i, j) = (0, 0)
        while i < a.count, j < count {
            if a[i] == b(j) { return true }
            if a[i] < b(j) { i += 1 } else { j += 1 }
        }
        return false
    }
}

/// A hash of a path that is built byte by byte, so that the folders above come with it: FNV-1a, 64 bits.
struct PathHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    static func of(_ path: RepoPath) -> UInt64 {
        var hash = PathHash()
        for byte in path.bytes { hash.add(byte) }
        return hash.value
    }
}

/// An index from places to the change sets that touch them, for finding the pairs that meet among many.
struct MeetingIndex {
    private let footprints: [Footprint]

    init(_ footprints: [Footprint]) { self.footprints = footprints }

    /// The pairs of change sets from one base that meet, the lower number first, sorted.
    ///
    /// Grows with the places touched and the pairs found, not with the number of pairs.
    func pairs() -> [(Int, Int)] {
        var touchers: [UInt64: [Int32]] = [:]
        var removers: [UInt64: [Int32]] = [:]
        var found: Set<UInt64> = []
        func note(_ a: Int32, _ b: Int32) {
            if a != b { found.insert(UInt64(min(a, b)) << 32 | UInt64(max(a, b))) }
        }
        for (number, footprint) in footprints.enumerated() {
            let mine = Int32(number)
            for path in footprint.paths {
                if let others = touchers[path.hash] { for other in others { note(other, mine) } }
                touchers[path.hash, default: []].append(mine)
            }
            for folder in footprint.removed { removers[folder, default: []].append(mine) }
        }
        for (number, footprint) in footprints.enumerated() {
            let mine = Int32(number)
            for folder in footprint.folders {
                if let others = touchers[folder] { for other in others { note(other, mine) } }
            }
            guard !removers.isEmpty else { continue }
            for folder in footprint.filled {
                if let others = removers[folder] { for other in others { note(other, mine) } }
            }
        }
        return found.sorted().map { (Int($0 >> 32), Int($0 & 0xffff_ffff)) }
    }
}
