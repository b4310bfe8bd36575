internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One ref as its file says it, also where git itself would stop at it.
public struct RefFile: Hashable, Sendable {
    /// What a ref's file holds.
    public enum Content: Hashable, Sendable {
        /// An object's id.
        case id(ObjectID)
        /// The name of another ref.
        case symbolic(String)
        /// Neither: how many bytes there are, 0 for an empty file.
        case broken(bytes: Int)
    }

    /// The ref's name, such as `refs/heads/main`.
    public var name: String
    /// The file, by its whole path; for a packed ref, `packed-refs`.
    public var path: String
    /// What it holds.
    public var content: Content
    /// Whether it is one of many in `packed-refs`.
    public var isPacked: Bool

    /// The object that it names; nil for another ref's name and for a broken file.
    public var id: ObjectID? {
        if case .id(let id) = content { return id }
        return nil
    }
}

extension Repository {
    /// The refs below a folder such as `refs/hybrid`, read file by file, sorted by name; lock files are left out.
    ///
    /// Unlike git it does not stop at one that is empty or damaged. A loose ref hides a packed one of its name.
    /// Throws where a folder cannot be listed.
    public func refFiles(below folder: String = "refs") throws(GitError) -> [RefFile] {
        var found: [RepoPath: RefFile] = [:]
        for path in try FileMark.files(below: commonDirectory + folder) where !path.endsWithBytes(of: ".lock")
        {
            let name = String(path.rest(behind: commonDirectory) ?? path[...])
            // One that goes meanwhile was packed, or deleted.
            guard let content = try Self.refContent(ofFile: path) else { continue }
            found[RepoPath(name)] = RefFile(name: name, path: path, content: content, isPacked: false)
        }
        // After the loose ones, as git does: one that is packed in between is found here.
        for packed in try packedRefs()
        where packed.name.lies(in: folder) && found[RepoPath(packed.name)] == nil {
            found[RepoPath(packed.name)] = packed
        }
        return found.values.sorted { $0.name.precedesInBytes($1.name) }
    }

    /// The files below `refs` whose names git allows no ref to have: it passes over them, and what they name may be lost.
    ///
    /// Grows with the number of loose refs. Lock files are left out.
    package func misnamedRefFiles() throws(GitError) -> [RefFile] {
        var found: [RefFile] = []
        for path in try FileMark.files(below: commonDirectory + "refs") where !path.endsWithBytes(of: ".lock")
        {
            let name = String(path.rest(behind: commonDirectory) ?? path[...])
            if RefName.isValid(name) { continue }
            guard let content = try Self.refContent(ofFile: path) else { continue }
            found.append(RefFile(name: name, path: path, content: content, isPacked: false))
        }
        return found
    }

    /// What one ref's file holds; nil where there is no such file.
    package static func refContent(ofFile path: String) throws(GitError) -> RefFile.Content? {
        do throws(GitError) {
            guard let text = try Disk.text(path) else { return nil }
            return content(ofRefFile: text)
        } catch {
            // A pipe, or whatever else is no file, names nothing.
            guard error.code == .notAFile else { throw error }
            return .broken(bytes: 0)
        }
    }

    /// The object that a ref names, not peeled; nil where there is no such ref.
    public func objectID(of ref: RefName) throws(GitError) -> ObjectID? {
        try lookAtRef(ref.text)
        var id = git_oid()
        let status = git_reference_name_to_id(&id, try handle, ref.text)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try check(status, "read ref", ref.text)
        return ObjectID(id)
    }

    /// The ids that a ref had by its log, the newest first; none where it has no log.
    ///
    /// `logs` is the log's file, by its whole path. Lines that are damaged are left out.
    package static func loggedIDs(inFile logs: String) throws(GitError) -> [ObjectID] {
        try reflog(inFile: logs).reversed().map(\.new).filter { $0 != .zero }
    }

    private func packedRefs() throws(GitError) -> [RefFile] {
        let path = commonDirectory + "packed-refs"
        guard let text = try Disk.text(path) else { return [] }
        return text.parts(at: "\n").compactMap { line in
            let words = line.parts(at: " ", most: 1)
            guard words.count == 2, let id = ObjectID(hex: String(words[0])) else { return nil }
            return RefFile(name: String(words[1]), path: path, content: .id(id), isPacked: true)
        }
    }

    private static func content(ofRefFile text: String) -> RefFile.Content {
        if let id = ObjectID(hex: text) { return .id(id) }
        if let rest = text.rest(behind: "ref: ") {
            let name = String(rest)
            do throws(GitError) {
                return .symbolic(try RefName(name).text)
            } catch {
                return .broken(bytes: text.utf8.count)
            }
        }
        return .broken(bytes: text.utf8.count)
    }
}
