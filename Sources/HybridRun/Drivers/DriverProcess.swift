internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A merge driver's command while it runs: in a private folder that holds the three files and is gone afterwards.
enum DriverProcess {
    /// The files' names in that folder, which need no quoting.
    static let names = ThreeWay(base: "base", ours: "ours", theirs: "theirs")

    /// How the command ended by itself.
    struct Ended {
        var code: Int
        /// What it left in the file of our side; nil where no regular file is there.
        var result: [UInt8]?
        /// The end of what it printed, safe for a terminal.
        var lastLine: String
    }

    /// It did not come to an end of its own.
    struct Failure: Error {
        var reason: String
    }

    /// Runs a command line by `sh -c` to its end.
    static func run(
        _ command: [UInt8], _ files: ThreeWay<[UInt8]>, environment: [String: String], timeout: Double
    ) throws(Failure) -> Ended {
        let folder: String
        do throws(HybridError) {
            folder = try TemporaryFolder.make("hybrid-driver", in: environment)
        } catch {
            throw Failure(reason: "\(error)")
        }
        // What cannot be removed lies in the folder for temporary files, where others clean up.
        defer { try? Files.remove(folder) }
        for stage in MergeStage.allCases {
            let path = "\(folder)/\(names[stage])"
            do throws(SystemError) {
                try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(
                    files[stage][...])
            } catch {
                throw Failure(reason: "\(path) cannot be written: \(error)")
            }
        }
        var settings = WorkerEnvironment.cleaned(environment)
        settings["PWD"] = folder
        let ended: ChildProcess.Ended
        do throws(ChildProcess.Failure) {
            ended = try ChildProcess.run(
                [Array("/bin/sh".utf8), Array("-c".utf8), command], in: folder, environment: settings,
                timeout: timeout, keeping: .end(2048))
        } catch {
            throw Failure(reason: reason(error, timeout))
        }
        return Ended(
            code: ended.code, result: result("\(folder)/\(names.ours)"), lastLine: lastLine(ended.output))
    }

    private static func reason(_ failure: ChildProcess.Failure, _ timeout: Double) -> String {
        switch failure {
        case .notStarted(let error): return "sh cannot be started: \(error)"
        case .timedOut: return "it took longer than \(timeout) s (hybrid.driverTimeout)"
        case .signalled(let signal, let output):
            let said = lastLine(output)
            return "it was ended by signal \(signal)" + (said.isEmpty ? "" : " (\(said))")
        case .unknown(let error): return "how it ended is not known: \(error)"
        }
    }

    /// The last line that is not empty, safe for a terminal.
    private static func lastLine(_ output: [UInt8]) -> String {
        let line = output.split(separator: 10).last { !$0.allSatisfy { $0 <= 32 } }
        return neutralise(String(decoding: line?.prefix(300) ?? [], as: UTF8.self))
    }

    private static func result(_ path: String) -> [UInt8]? {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        do {
            return try Descriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).readAll()
        } catch {
            return nil
        }
    }
}
