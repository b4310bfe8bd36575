import Foundation
import HybridBase
import TestSupport
import Testing

@testable import HybridSystem

@Suite struct MachineSlotsTests {
    @Test(arguments: [
        (32768...60999, 20_000..<32768), (49152...65535, 20_000..<49152), (15_000...65535, 10_000..<15_000),
        (1024...60_000, 60_001..<65_536), (1024...65_535, 2_000..<2_000),
    ])
    func `ports lie where the kernel gives none`(_ taken: ClosedRange<Int>, _ wanted: Range<Int>) {
        #expect(MachineSlots.range(outside: taken) == wanted)
    }

    @Test func `what one holds nobody else gets, and a supervisor keeps it`() throws {
        let sandbox = try Sandbox()
        let environment = [MachineSlots.folderVariable: sandbox.root + "/slots"]
        func take(_ ports: Int) throws -> MachineSlot {
            try MachineSlots.take(ports: ports, environment: environment)
        }
        var first: MachineSlot? = try take(25)
        let second = try take(1)
        #expect(first?.ports.count == 25 && first?.locks.count == 3)
        #expect(second.number >= (first?.number ?? 0) + 3)
        #expect(try #require(first).ports.upperBound <= second.ports.lowerBound)
        let (number, locks) = (first?.number, try #require(first).locks)
        let kept = MachineSlots.hold(locks)
        #expect(kept.count == 3)
        first = nil
        #expect(try take(1).number > second.number || second.number < number!)
        kept.forEach { close($0) }
        let again = try take(1)
        #expect(again.number == number)
        // Who had one gets it again, where nobody else did.
        let wanted = try MachineSlots.take(ports: 5, wanted: 40, environment: environment)
        let other = try MachineSlots.take(ports: 5, wanted: 40, environment: environment)
        #expect(wanted.number == 40 && other.number < 40)
        #expect(try MachineSlots.take(ports: 1, wanted: 1 << 40, environment: environment).number < 40)
    }

    @Test func `a port on which somebody listens is nobody's`() throws {
        let sandbox = try Sandbox()
        let environment = [MachineSlots.folderVariable: sandbox.root + "/slots"]
        let port = try MachineSlots.take(ports: 1, environment: environment).ports.lowerBound
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.arguments = [
            "python3", "-c",
            "import socket,sys; s=socket.socket(); s.bind(('127.0.0.1',\(port))); s.listen(); print(1,flush=True); sys.stdin.read()",
        ]
        let (input, output) = (Pipe(), Pipe())
        (server.standardInput, server.standardOutput) = (input, output)
        try server.run()
        _ = output.fileHandleForReading.availableData
        #expect(try !MachineSlots.take(ports: 1, environment: environment).ports.contains(port))
        try input.fileHandleForWriting.close()
        server.waitUntilExit()
    }

    @Test func `a folder that cannot be used is named`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("", to: "slots")
        let error = #expect(throws: HybridError.self) {
            _ = try MachineSlots.take(
                ports: 1, environment: [MachineSlots.folderVariable: sandbox.root + "/slots"])
        }
        #expect(error?.next?.contains(MachineSlots.folderVariable) == true)
    }
}
