import Foundation
import HybridBase
import TestSupport
import Testing

@testable import HybridSystem

@Suite struct SealTests {
    private let sandbox = try! Sandbox()
    private var sealer: Sealer { Sealer(environment: ["XDG_STATE_HOME": sandbox.root + "/state"]) }

    @Test("hashes are those of FIPS 180-4, at every length around a block")
    func hashes() {
        let known = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                String(repeating: "a", count: 64),
                "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
            ),
            (
                String(repeating: "a", count: 119),
                "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"
            ),
            (
                String(repeating: "a", count: 120),
                "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"
            ),
            (
                String(repeating: "a", count: 1000),
                "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
            ),
        ]
        for (text, hash) in known {
            #expect(SHA256.hash(Array(text.utf8)).hexText == hash)
            var pieces = SHA256()
            for byte in text.utf8 { pieces.add([byte]) }
            #expect(pieces.finished().hexText == hash)
        }
    }

    @Test("a seal is HMAC-SHA256 of kind, place and content, as Python's hmac makes it")
    func hmac() {
        let key = SealKey(Array(0..<32))
        #expect(
            key.seal(.status, ["a/b", "0"], Array("{}\n".utf8))
                == "facb10dc743a38fd:0fc0c2a6ea463350894e69ff4ef2f180ef435784750ddca3216f1c009cb61c35")
    }

    @Test("the key is made once, for its owner alone, where the XDG specification has it")
    func made() throws {
        #expect(try sealer.key() == nil)
        let name = try sealer.madeKey().name
        #expect(try sealer.key()?.name == name)
        #expect(try sealer.madeKey().name == name)
        let facts = try FileManager.default.attributesOfItem(atPath: sandbox.root + "/state/hybrid/key")
        #expect(facts[.posixPermissions] as? Int == 0o600)
        let folder = try FileManager.default.attributesOfItem(atPath: sandbox.root + "/state/hybrid")
        #expect(folder[.posixPermissions] as? Int == 0o700)
        let home = Sealer(environment: ["HOME": "/h", "XDG_STATE_HOME": "relative"])
        #expect(home.folder == "/h/.local/state/hybrid")
    }

    @Test("a key that others may read, a link and a damaged one are refused", arguments: [0, 1, 2, 3])
    func refused(_ number: Int) throws {
        _ = try sealer.madeKey()
        let path = sealer.keyPath
        switch number {
        case 0: chmod(path, 0o640)
        case 1:
            try FileManager.default.moveItem(atPath: path, toPath: path + "-elsewhere")
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + "-elsewhere")
        case 2:
            try sandbox.write("00\n", to: path)
            chmod(path, 0o600)
        default:
            try sandbox.write(String(repeating: "g", count: 64) + "\n", to: path)
            chmod(path, 0o600)
        }
        let error = #expect(throws: HybridError.self) { try sealer.madeKey() }
        #expect(error?.code == .keyUnusable)
        #expect(error?.thing == path)
        // Each reason has its own remedy, which works as it is typed.
        let command = number == 0 ? "chmod 600 \(path)" : "mv \(path) \(path).aside"
        #expect(error?.next?.contains(command) == true, "\(error?.next ?? "")")
        try #require(sandbox.run("sh", "-c", command).code == 0)
        _ = try sealer.madeKey()
    }

    @Test("sealed JSON comes back; every byte that differs, another place, kind, key or turn does not")
    func text() throws {
        let text = SealedText(sealer, .status, place: ["a"], shown: "status.json")
        let bytes = try text.bytes(["one": 1], turn: 3)
        #expect(try JSONSerialization.jsonObject(with: Data(bytes)) is [String: Any])
        #expect(try text.opened(bytes).plain == Array("{\"one\":1}\n".utf8))
        #expect(try text.opened(bytes).turn == 3)
        // What was sealed before is sealed anew, not twice.
        #expect(try text.bytes(sealing: bytes, turn: 3) == bytes)
        for place in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << bit
                #expect(throws: HybridError.self) { try text.opened(other) }
            }
            #expect(throws: HybridError.self) { try text.opened(Array(bytes[..<place])) }
        }
        for other in [
            SealedText(sealer, .status, place: ["b"], shown: "s"),
            SealedText(sealer, .handle, place: ["a"], shown: "s"),
            SealedText(sealer, .status, place: ["a", "a"], shown: "s"),
            SealedText(
                Sealer(environment: ["XDG_STATE_HOME": sandbox.root + "/other"]), .status, place: ["a"],
                shown: "s"),
        ] {
            let error = #expect(throws: HybridError.self) { try other.opened(bytes) }
            #expect(error?.code == .sealBroken)
        }
    }

    @Test("a file is bound to its attempt, not to where the repository lies")
    func places() throws {
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/x/runs/r/job/a/1", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/x/runs/r/job/a/2", withIntermediateDirectories: true)
        let files = AttemptFiles(sealer)
        let path = sandbox.root + "/x/runs/r/job/a/1/status.json"
        try files.status(path).write(["one": 1])
        #expect(try files.status(path).read([String: Int].self)?.value == ["one": 1])
        try FileManager.default.copyItem(
            atPath: path, toPath: sandbox.root + "/x/runs/r/job/a/2/status.json")
        #expect(throws: HybridError.self) {
            try files.status(sandbox.root + "/x/runs/r/job/a/2/status.json").read([String: Int].self)
        }
        try FileManager.default.moveItem(atPath: sandbox.root + "/x", toPath: sandbox.root + "/y")
        let moved = sandbox.root + "/y/runs/r/job/a/1/status.json"
        #expect(try files.status(moved).read([String: Int].self)?.value == ["one": 1])
        #expect(try files.status(sandbox.root + "/none.json").read([String: Int].self) == nil)
        #expect(files.file("a/log") == nil)
        #expect(files.file("a/spec.json") != nil)
    }

    @Test("how far a run has come never goes back")
    func turns() throws {
        let book = TurnBook(sealer, repository: "/repo")
        #expect(try book.last("r") == nil)
        try book.note("r", .init(turn: 4, revision: 1))
        try book.note("r", .init(turn: 3, revision: 2))
        #expect(try book.last("r") == .init(turn: 4, revision: 2))
        #expect(try TurnBook(sealer, repository: "/other").last("r") == nil)
        try book.forget("r")
        #expect(try book.last("r") == nil)
    }
}
