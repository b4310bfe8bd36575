internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridSystem

/// One merge driver of the user's: a shell command that merges three files.
struct UserMergeDriver: MergeDriver {
    var name: String
    var command: [UInt8]
    var virtualBaseDriver: String?
    var environment: [String: String]
    var timeout: Double
    var warn: (String) -> Void

    /// The command's exit code says how it went: 0 clean, up to 128 a conflict, above a failure.
    ///
    /// Source: gitattributes(5). git 2.39 itself takes codes above 128 for conflicts; later versions do not.
    func merge(
        _ files: ThreeWay<[UInt8]>, path: RepoPath, markerSize: Int, labels: ThreeWay<[UInt8]>
    ) throws(GitError) -> (bytes: [UInt8], isClean: Bool) {
        let words = Self.expand(command, path: path, markerSize: markerSize, labels: labels)
        let ended: DriverProcess.Ended
        do throws(DriverProcess.Failure) {
            ended = try DriverProcess.run(words, files, environment: environment, timeout: timeout)
        } catch {
            throw failure(path, error.reason)
        }
        let said = ended.lastLine.isEmpty ? "" : " (\(ended.lastLine))"
        guard ended.code <= 128 else { throw failure(path, "it exited with code \(ended.code)\(said)") }
        guard let result = ended.result else { throw failure(path, "it left no file at %A\(said)") }
        if ended.code == 126 || ended.code == 127 {
            // What a shell answers for a program that it cannot start.
            warn(
                "merge driver \(neutralise(name)) exited with code \(ended.code) on \(path)\(said), "
                    + "which counts as a conflict")
        }
        return (result, ended.code == 0)
    }

    private func failure(_ path: RepoPath, _ reason: String) -> GitError {
        let shown = neutralise(name)
        return GitError(
            .other, operation: "merge with driver \(shown)", subject: path.description,
            reason: "\(reason); mend it, or take merge.\(shown) out of your git configuration, and try again")
    }

    /// The command with its placeholders filled in.
    ///
    /// A `%` before anything else stays, as in git.
    static func expand(
        _ command: [UInt8], path: RepoPath, markerSize: Int, labels: ThreeWay<[UInt8]>
    ) -> [UInt8] {
        var out: [UInt8] = []
        var rest = command[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let kind = rest.first else {
                out.append(byte)
                continue
            }
            switch kind {
            case UInt8(ascii: "O"): out += DriverProcess.names.base.utf8
            case UInt8(ascii: "A"): out += DriverProcess.names.ours.utf8
            case UInt8(ascii: "B"): out += DriverProcess.names.theirs.utf8
            case UInt8(ascii: "L"): out += String(markerSize).utf8
            case UInt8(ascii: "P"): out += shellQuoted(path.bytes)
            case UInt8(ascii: "S"): out += shellQuoted(labels.base)
            case UInt8(ascii: "X"): out += shellQuoted(labels.ours)
            case UInt8(ascii: "Y"): out += shellQuoted(labels.theirs)
            case UInt8(ascii: "%"): out.append(byte)
            default:
                out.append(byte)
                continue
            }
            rest.removeFirst()
        }
        return out
    }

    /// In single quotes, with `'` and `!` outside them (git's `sq_quote_buf`).
    private static func shellQuoted(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [39]
        for byte in bytes {
            if byte == 39 || byte == 33 {
                out += [39, 92, byte, 39]
            } else {
                out.append(byte)
            }
        }
        return out + [39]
    }
}
