internal import CPlatform
package import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The user's key: what it sealed was written by a hybrid of theirs (HMAC-SHA256, RFC 2104).
package struct SealKey: Sendable {
    /// Tells it from others, and nothing of it.
    package let name: String
    private let inner: SHA256
    private let outer: SHA256

    init(_ secret: [UInt8]) {
        let block = secret + [UInt8](repeating: 0, count: 64 - secret.count)
        var (inner, outer) = (SHA256(), SHA256())
        inner.add(block.map { $0 ^ 0x36 })
        outer.add(block.map { $0 ^ 0x5c })
        (self.inner, self.outer) = (inner, outer)
        name = String(SHA256.hash(Array("hybrid key".utf8) + secret).hexText.prefix(16))
    }

    /// The seal of bytes: of which kind they are and where they belong is sealed with them, so that nothing that is
    /// sealed can stand in another's place.
    package func seal(_ kind: SealKind, _ place: [String], _ bytes: [UInt8]) -> String {
        var text = inner
        for part in ["hybrid 1", kind.rawValue] + place { text.add(framed: part) }
        text.add(Array("\(bytes.count):".utf8))
        text.add(bytes)
        var end = outer
        end.add(text.finished())
        return name + ":" + end.finished().hexText
    }
}

/// What is sealed; two kinds are never taken for each other.
package enum SealKind: String, Sendable {
    /// What the ledger says of a run.
    case ledger
    /// What a verify command once said.
    case verdict
    /// A run's record at its ref.
    case record
    /// What stood before workers began.
    case baseline
    /// A command that a supervisor runs.
    case spec
    /// Who supervises a command.
    case processes
    /// How a command ended.
    case status
    /// What finds a command again.
    case handle
    /// What is known of a worktree's folder that is used again.
    case spare
}

/// Where the user's key lies: below their own state folder, outside of every repository and worktree.
package struct Sealer: Sendable, Hashable {
    /// hybrid's own folder there.
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// By the variables that the XDG Base Directory Specification names; where none is set, by the list of users.
    package init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            // The specification has relative paths ignored.
            (environment[name] ?? Self.ownVariable(name)).flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let home = value("HOME") ?? Self.listedHome
        folder = (value("XDG_STATE_HOME") ?? home + "/.local/state") + "/hybrid"
    }

    /// By this process's own environment.
    package static func ofUser() -> Sealer { Sealer(environment: [:]) }

    private static func ownVariable(_ name: String) -> String? {
        unsafe getenv(name).flatMap { unsafe String(validatingCString: $0) }
    }

    private static var listedHome: String {
        guard let entry = unsafe getpwuid(geteuid()), let home = unsafe entry.pointee.pw_dir else {
            return "/"
        }
        return unsafe String(cString: home)
    }

    /// The key's file.
    package var keyPath: String { folder + "/key" }

    /// The user's key; nil where there is none yet.
    ///
    /// Throws where it is not theirs alone.
    package func key() throws(HybridError) -> SealKey? {
        do throws(SystemError) {
            let file = try Descriptor(opening: keyPath, O_RDONLY | O_NOFOLLOW)
            try refuseShared(file, keyPath, isFolder: false)
            let text = try file.read(130)
            guard text.count == 65, text.last == 10, let secret = Self.bytes(ofHex: text.dropLast()) else {
                throw SystemError(
                    EINVAL,
                    reason: text.count == 65
                        ? "it holds no key" : "it has \(text.count) bytes, and a key 65")
            }
            return SealKey(secret)
        } catch {
            if error.code == ENOENT { return nil }
            throw unusable(error, at: keyPath)
        }
    }

    /// The user's key; made where there is none yet.
    package func madeKey() throws(HybridError) -> SealKey {
        if let key = try key() { return key }
        try makeFolder()
        var random = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        do {
            // Of two processes at once one makes it, and both read it.
            try DurableFile.put(
                Array((secret.hexText + "\n").utf8), to: keyPath, mode: 0o600, synced: true, replacing: false)
        } catch {
            throw HybridError(
                .keyUnusable, keyPath, "the key that seals hybrid's state cannot be written: \(error)",
                next: "name a folder of yours in XDG_STATE_HOME")
        }
        if let key = try key() { return key }
        throw unusable(SystemError(ENOENT, reason: "it is gone again"), at: keyPath)
    }

    private func makeFolder() throws(HybridError) {
        if let above = folder.pathFolder { try Files.makeFolder(String(above)) }
        do throws(SystemError) {
            if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST { throw SystemError() }
            try refuseShared(
                Descriptor(opening: folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), folder, isFolder: true)
        } catch {
            throw unusable(error, at: folder)
        }
    }

    /// Throws where others could have written it, or may read it.
    private func refuseShared(_ file: borrowing Descriptor, _ path: String, isFolder: Bool)
        throws(SystemError)
    {
        var facts = stat()
        guard unsafe fstat(file.number, &facts) == 0 else { throw SystemError() }
        guard isFolder || facts.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(EINVAL, reason: "it is no regular file")
        }
        guard facts.st_uid == geteuid() else { throw SystemError(EPERM, reason: "\(path) is another user's") }
        guard facts.st_mode & (isFolder ? 0o022 : 0o077) == 0 else {
            throw SystemError(EACCES, reason: "others than its owner may open \(path)")
        }
    }

    /// What is wrong with the key, and what helps against just that.
    private func unusable(_ error: SystemError, at path: String) -> HybridError {
        let word = ShellWord.bare(path)
        let next =
            switch error.code {
            case EACCES:
                path == keyPath ? "make it yours alone: chmod 600 \(word)" : "chmod go-w,u+rwx \(word)"
            case EPERM: "sudo chown \(geteuid()) \(word), or name a folder of yours in XDG_STATE_HOME"
            case ENOENT: "see that nobody removes it, then try again"
            default:
                // Another one is made then, and what this one sealed is shown before it is believed.
                "bring the key back, or give it up: mv \(word) \(ShellWord.bare(path + ".aside")), then: hybrid trust"
            }
        return HybridError(
            .keyUnusable, path, "the key that seals hybrid's state cannot be used: \(error)", next: next)
    }

    /// What to be told where something is sealed, and no key is there.
    package var gone: HybridError {
        HybridError(
            .sealBroken, keyPath, "the key is gone with which hybrid sealed what it wrote here",
            next: "bring it back; if it is lost, see what is there, and say whether to go on, run by run: "
                + "hybrid trust")
    }

    /// Why something is not believed whose key is not the one that is there.
    package static let otherKey = "it was sealed with another key"

    private static func bytes(ofHex text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            if let half = high {
                bytes.append(half << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return high == nil ? bytes : nil
    }
}
