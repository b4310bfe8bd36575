import Foundation
import TestSupport
import Testing

#if os(Linux)
    /// What the program loads, and when: seen through the dynamic linker's own words (ld.so(8)).
    @Suite struct StartUpTests {
        /// A question that only libgit2 can answer.
        private static let question = ["merge-tree", "ours~0", "theirs"]

        private func hybrid(
            _ arguments: [String], _ environment: [String: String] = [:], in bench: MergeTreeBench
        ) throws -> Outcome {
            try execute(
                [bench.program] + arguments, in: bench.sandbox.root + "/repo",
                environment: hermetic(home: bench.sandbox.home, extra: environment))
        }

        @Test func `libgit2 is not loaded before it is called`() throws {
            let bench = try MergeTreeBench()
            let needed = try hybrid([], ["LD_TRACE_LOADED_OBJECTS": "1"], in: bench)
            #expect(needed.out.contains("libc.so"), "\(needed)")
            #expect(!needed.out.contains("libgit2"), "\(needed.out)")
            let called = try hybrid(Self.question, ["LD_DEBUG": "files"], in: bench)
            #expect(called.code == 1)
            #expect(called.err.contains("libgit2.so."))
        }

        @Test func `where libgit2 cannot be loaded, the file, the reason and the package are told`() throws {
            let bench = try MergeTreeBench()
            for minor in 0..<20 { try bench.sandbox.write("none\n", to: "broken/libgit2.so.1.\(minor)") }
            let broken = ["LD_LIBRARY_PATH": bench.sandbox.root + "/broken"]
            let asked = try hybrid(Self.question, broken, in: bench)
            #expect(asked.code == 2, "\(asked)")
            #expect(asked.out.isEmpty)
            #expect(asked.err.hasPrefix("hybrid: load libgit2.so.1."), "\(asked.err)")
            #expect(asked.err.contains("file too short"), "\(asked.err)")
            #expect(asked.err.contains("; sudo apt-get install libgit2-1."), "\(asked.err)")
            #expect(try hybrid(["--version"], broken, in: bench).code == 0)
        }

        /// Debian's libgit2 would read all certificates of the system, with Mbed TLS, whenever it is set up.
        @Test func `no certificates are read`() throws {
            let bench = try MergeTreeBench()
            let asked = try hybrid(Self.question, ["LD_DEBUG": "bindings"], in: bench)
            let bindings = asked.err.split(separator: "\n").filter {
                $0.contains("mbedtls_x509_crt_parse_file'")
            }
            let isThere = asked.err.contains("libmbedx509.so")
            #expect(isThere != bindings.isEmpty, "\(bindings)")
            for binding in bindings { #expect(binding.contains("to \(bench.program) "), "\(binding)") }
        }
    }
#endif
