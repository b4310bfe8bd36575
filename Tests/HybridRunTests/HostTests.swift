import HybridBase
import HybridRun
import TestSupport
import Testing

/// Who may have workers supervised.
@Suite struct HostTests {
    @Test func `a program that would not become a supervisor is refused`() throws {
        // This test program never calls Supervisor.runIfAsked().
        let error = try #require(throws: HybridError.self) { try Host.itself() }
        #expect(error.code == .wrongState)
        #expect(error.thing.hasSuffix("hybridPackageTests.xctest"))
        #expect(error.next?.contains("Supervisor.runIfAsked()") == true)
    }

    @Test func `an installed hybrid is asked whether it is one`() throws {
        let program = try hybridProgram()
        #expect(try Host.using(program).program == program)
        let absent = try #require(throws: HybridError.self) { try Host.using("no-such-hybrid") }
        #expect(absent.code == .programMissing)
        let other = try #require(throws: HybridError.self) { try Host.using("/bin/echo") }
        #expect(other.code == .programFailed)
    }
}
