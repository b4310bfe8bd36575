package import HybridBase

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// JSON that carries its seal as its first member: a file that a worker could write, and that is believed only where
/// the user's own hybrid wrote it, for this place.
package struct SealedText {
    private let sealer: Sealer
    private let kind: SealKind
    /// Where it belongs.
    private let place: [String]
    /// Its name for people.
    private let shown: String
    /// What to type to see what does not hold.
    private let next: String

    package init(
        _ sealer: Sealer, _ kind: SealKind, place: [String], shown: String, next: String = "hybrid trust"
    ) {
        self.next = next
        self.sealer = sealer
        self.kind = kind
        self.place = place
        self.shown = shown
    }

    /// A file below a run's folder: where the repository lies does not matter, so that it can be moved.
    package init(_ sealer: Sealer, _ kind: SealKind, file: String) {
        self.init(
            sealer, kind, place: [file.pathParts.suffix(5).joined(separator: "/")], shown: file)
    }

    /// How a sealed text begins.
    private static let opening = Array("{\"seal\":\"".utf8)

    /// A value as sealed JSON; of one place, one that is newer has a higher `turn`.
    package func bytes(_ value: some Encodable, turn: Int = 0) throws -> [UInt8] {
        try bytes(sealing: DurableFile.encode(value), turn: turn)
    }

    /// A JSON object, which has members, with its seal.
    package func bytes(sealing object: [UInt8], turn: Int = 0) throws -> [UInt8] {
        let plain = Self.split(object)?.plain ?? object
        let seal = try sealer.madeKey().seal(kind, place + [String(turn)], plain)
        return Self.opening + Array("\(turn):\(seal)\",".utf8) + plain.dropFirst()
    }

    /// The JSON that was sealed, and its turn; throws where the seal is missing or does not hold.
    package func opened(_ bytes: [UInt8]) throws(HybridError) -> (plain: [UInt8], turn: Int) {
        guard let (seal, plain) = Self.split(bytes) else { throw broken("it carries no seal") }
        let parts = seal.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let turn = Int(parts[0]), String(turn) == parts[0] else {
            throw broken("its seal is damaged")
        }
        guard let key = try sealer.key() else {
            throw sealer.gone
        }
        guard parts[1] == key.name else { throw broken(Sealer.otherKey) }
        guard key.seal(kind, place + [String(turn)], plain) == parts[1...].joined(separator: ":") else {
            throw broken("its seal does not hold, so it is not what hybrid wrote there")
        }
        return (plain, turn)
    }

    /// What to be told that does not hold.
    package func broken(_ reason: String) -> HybridError {
        HybridError(
            .sealBroken, shown, reason, next: "see what is there, and say whether to go on: \(next)")
    }

    /// Whether bytes begin as sealed ones do.
    package static func carriesSeal(_ bytes: [UInt8]) -> Bool { bytes.starts(with: opening) }

    /// A sealed object's seal, and the object without it; nil where it has none.
    private static func split(_ bytes: [UInt8]) -> (seal: String, plain: [UInt8])? {
        guard bytes.starts(with: opening),
            let end = bytes.dropFirst(opening.count).firstIndex(of: UInt8(ascii: "\"")),
            end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: ",")
        else { return nil }
        return (
            String(decoding: bytes[opening.count..<end], as: UTF8.self),
            [UInt8(ascii: "{")] + bytes[(end + 2)...]
        )
    }
}

extension SealedText {
    /// Reads a sealed value; nil where no file is there.
    ///
    /// Throws where the seal is missing or does not hold, and as `DurableFile` does.
    package func read<T: Decodable>(_: T.Type) throws -> (value: T, turn: Int)? {
        guard let bytes = try DurableFile.read(shown) else { return nil }
        let opened = try opened(bytes)
        guard let value = try? JSONDecoder().decode(T.self, from: Data(opened.plain)) else {
            throw HybridError(
                .newerFormat, shown, "another version of hybrid wrote it",
                next: "use that version in this repository")
        }
        return (value, opened.turn)
    }

    /// Replaces the file, as `DurableFile.writeJSON` does.
    package func write(_ value: some Encodable, turn: Int = 0) throws {
        try DurableFile.write(bytes(value, turn: turn), to: shown)
    }

    /// Replaces the file; it need not survive a power cut, and only its owner reads it.
    package func put(_ value: some Encodable) throws {
        try DurableFile.put(bytes(value), to: shown, mode: 0o600, synced: false, replacing: true)
    }

    /// Makes the file, which must not be there; false, with nothing written, where it is.
    package func create(_ value: some Encodable) throws -> Bool {
        try DurableFile.put(bytes(value), to: shown, mode: 0o600, synced: true, replacing: false)
    }
}

/// The files of one attempt at a command.
package struct AttemptFiles {
    private let sealer: Sealer
    /// The file beside an attempt's spec that keeps its handle.
    package static let handleName = "handle.json"

    package init(_ sealer: Sealer) { self.sealer = sealer }

    /// What is to be run.
    package func spec(_ path: String) -> SealedText { SealedText(sealer, .spec, file: path) }
    /// Who is at work.
    package func processes(_ path: String) -> SealedText { SealedText(sealer, .processes, file: path) }
    /// How it ended.
    package func status(_ path: String) -> SealedText { SealedText(sealer, .status, file: path) }
    /// What finds it again.
    package func handle(_ path: String) -> SealedText { SealedText(sealer, .handle, file: path) }
}

extension AttemptFiles {
    /// An attempt's file by its name; nil for those that are not believed, such as logs.
    package func file(_ path: String) -> SealedText? {
        switch String(path.pathName) {
        case "spec.json": spec(path)
        case "pid.json": processes(path)
        case "status.json": status(path)
        case Self.handleName: handle(path)
        default: nil
        }
    }
}
