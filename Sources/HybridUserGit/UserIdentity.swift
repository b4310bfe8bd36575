internal import HybridBase
package import HybridGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Who git would name in a commit: `git var` reads the environment, `author.*`, `committer.*` and every include.
package struct UserIdentity {
    private let wrote: Person
    private let commits: Person

    private struct Person {
        var signature: Signature
        /// The user gave the date with it.
        var isDated: Bool

        var now: Signature {
            guard !isDated else { return signature }
            var signature = signature
            signature.time = Int64(time(nil))
            return signature
        }
    }

    /// The author of a commit that is made now.
    package var author: Signature { wrote.now }
    /// Its committer.
    package var committer: Signature { commits.now }

    /// Asks git in a folder.
    ///
    /// `environment` is a cleaned one. Throws where git would not commit for want of a name or an address.
    package init(in folder: String, environment: [String: String]) throws {
        wrote = try Self.ask("AUTHOR", folder, environment)
        commits = try Self.ask("COMMITTER", folder, environment)
    }

    private static func ask(
        _ who: String, _ folder: String, _ environment: [String: String]
    ) throws -> Person {
        let answer = try UserGit.ask(["var", "GIT_\(who)_IDENT"], in: folder, environment: environment)
        guard answer.code == 0, let signature = Signature(line: Self.text(answer.output)) else {
            // What keeps git from answering at all is said in its own words.
            if try UserGit.ask(["rev-parse", "--git-dir"], in: folder, environment: environment).code != 0 {
                throw HybridError(
                    .programFailed, "git var GIT_\(who)_IDENT",
                    "git cannot answer in \(folder): \(answer.lastWords)",
                    next: "see git -C \(ShellWord.bare(folder)) status")
            }
            let date = "GIT_\(who)_DATE"
            if answer.lastWords.contains("date"), let text = environment[date] {
                throw HybridError(
                    .settingInvalid, date, "git cannot read \"\(shortened(text))\": \(answer.lastWords)",
                    next: "unset \(date)"
                )
            }
            throw HybridError(
                .noIdentity, "user.name",
                "git does not know who you are, and hybrid makes commits: \(answer.lastWords)",
                next: "git config user.name NAME; git config user.email ADDRESS")
        }
        return Person(signature: signature, isDated: environment["GIT_\(who)_DATE"]?.isEmpty == false)
    }

    /// A line of git's, with bytes that are no UTF-8 taken for Latin-1, as `git commit` does.
    package static func text(_ line: [UInt8]) -> String {
        var rest = line[...]
        if rest.last == 10 { rest.removeLast() }
        var text = String.UnicodeScalarView()
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            let part = rest.prefix(length)
            if let scalars = String(validating: part, as: UTF8.self)?.unicodeScalars, scalars.count == 1 {
                text.append(contentsOf: scalars)
                rest = rest.dropFirst(length)
            } else {
                text.append(Unicode.Scalar(first))
                rest = rest.dropFirst()
            }
        }
        return String(text)
    }
}
