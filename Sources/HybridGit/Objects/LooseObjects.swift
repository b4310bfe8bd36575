internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Objects that lie in files of their own (git's gitrepository-layout, "objects/[0-9a-f][0-9a-f]").
///
/// What is nil is for libgit2 to read: large ones, and what is no object. Files that end too early are refused here, as
/// libgit2 1.5 looks for their end for ever.
struct LooseObjects {
    private let folders: [String]
    private let inflater: Inflater

    /// What is larger, in the file or out of it, is left to the object database, in bytes.
    private static let (largestFile, largest) = (8 << 20, 64 << 20)

    /// Reads from the folder `objects` of a repository and from those that it borrows from.
    init(in folders: [String]) throws(GitError) {
        self.folders = folders
        inflater = try Inflater()
    }

    private static func name(of id: ObjectID) -> String {
        let digits = id.description
        return "/\(digits.prefix(2))/\(digits.dropFirst(2))"
    }

    /// Whether there is a file for it.
    func holds(_ id: ObjectID) -> Bool {
        let name = Self.name(of: id)
        return folders.contains { access($0 + name, F_OK) == 0 }
    }

    /// An object; nil where another has to read it; throws where its file is damaged.
    func read(_ id: ObjectID) throws(GitError) -> StoredObject? {
        let name = Self.name(of: id)
        for folder in folders {
            guard let file = MappedFile(folder + name) else { continue }
            guard file.bytes.count <= Self.largestFile else { return nil }
            switch inflater.expand(file.bytes, atMost: Self.largest) {
            case .content(let content): return Self.object(content)
            case .larger: return nil
            case .damaged:
                throw GitError(
                    .other, operation: "read object", subject: id.description,
                    reason: "its file is damaged; see git fsck")
            }
        }
        return nil
    }

    /// Reads the head, such as `blob 12`, and what follows its NUL.
    private static func object(_ content: [UInt8]) -> StoredObject? {
        guard let end = content.prefix(32).firstIndex(of: 0) else { return nil }
        let words = content[..<end].split(separator: 32, omittingEmptySubsequences: false)
        let count = content.count - end - 1
        guard words.count == 2, let type = ObjectKind.type(named: words[0]),
            String(count).utf8.elementsEqual(words[1])
        else { return nil }
        return StoredObject(type, count: count) { room in
            content.withUnsafeBytes {
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[(end + 1)...]))
            }
            return true
        }
    }
}
