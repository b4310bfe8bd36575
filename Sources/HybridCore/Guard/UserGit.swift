#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A question that only the user's own git answers rightly: which hooks it would run.
///
/// libgit2 knows neither a worktree's own configuration nor all conditional includes.
enum UserGit {
    /// The value of `core.hooksPath` for a worktree, as git reads it; nil where it is not set.
    ///
    /// A relative one is relative to the root of the worktree whose hook runs (git-config(1)). `environment` is a cleaned
    /// one. Throws where git cannot be asked.
    static func hooksPath(in worktree: String, environment: [String: String]) throws(HybridError) -> String? {
        func failure(_ reason: String) -> HybridError {
            HybridError(
                "core.hooksPath", "git cannot be asked for it in \(worktree): \(reason)",
                next: "see git config --get core.hooksPath there")
        }
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw failure("\(SystemError())") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let output = Descriptor(owning: ends[0])
        let pid: Int32
        do throws(SystemError) {
            let input = Descriptor(owning: ends[1])
            // Warnings are for a person, not part of the value.
            pid = try ProcessTree.spawn(
                [
                    "/bin/sh", "-c", "exec \"$@\" 2>/dev/null", "sh", "git", "config", "-z", "--type=path",
                    "--get",
                    "core.hooksPath",
                ], directory: worktree, environment: environment, output: input.number, newSession: false)
        } catch {
            throw failure("\(error)")
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try output.readAll()
        } catch {
            throw failure("\(error)")
        }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status & 0x7F == 0 else { throw failure("it was ended by signal \(status & 0x7F)") }
        switch status >> 8 & 0xFF {
        case 0: return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        case 1: return nil
        case let code: throw failure("it exited with code \(code)")
        }
    }
}
