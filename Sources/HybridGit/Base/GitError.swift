internal import CLibgit2
package import HybridBase

/// What went wrong in a git operation, with its context.
///
/// The message is copied from libgit2 at once: its error state belongs to the thread.
public struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Outcomes that callers tell apart; everything else is ``other``.
    public enum Code: Hashable, Sendable {
        case notFound, exists, ambiguous, locked, changed, bare, uncommitted, invalidName, unsupported,
            owner, noSpace, checkoutConflict, notAFile, other
    }

    /// The kind of outcome.
    public var code: Code
    /// What was being done, such as "open repository".
    public var operation: String
    /// What it was done to: a path, a ref, an id.
    public var subject: String
    /// The reason, one line.
    public var reason: String

    /// What to type about it, where that is known.
    package var next: String?

    /// Makes an error.
    public init(_ code: Code, operation: String, subject: String, reason: String) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.reason = reason
    }

    /// `operation subject: reason`.
    public var description: String { "\(operation) \(subject): \(reason)" }
}

extension GitError: ToldError {
    package var told: [HybridError] {
        // libgit2 names the file that is damaged, and nothing else.
        let isDamage = reason.contains("corrupted")
        return [
            HybridError(
                isDamage ? .recordDamaged : code.told, "\(operation) \(subject)", reason,
                next: next
                    ?? (isDamage
                        ? "look with: hybrid doctor"
                        : code == .notAFile ? "rm \(ShellWord.bare(subject))" : nil))
        ]
    }
}

extension GitError.Code {
    /// The same in the words of all errors.
    fileprivate var told: HybridError.Code {
        switch self {
        case .notFound, .ambiguous, .invalidName: .noSuchRevision
        case .locked: .locked
        case .changed: .changed
        case .uncommitted, .checkoutConflict: .dirtyCheckout
        case .bare, .unsupported: .unsupported
        case .owner: .notTrusted
        case .noSpace: .noSpace
        case .notAFile: .unreadable
        case .exists, .other: .failed
        }
    }

    init(_ status: Int32) {
        self =
            switch git_error_code(rawValue: status) {
            case GIT_ENOTFOUND: .notFound
            case GIT_EEXISTS: .exists
            case GIT_EAMBIGUOUS: .ambiguous
            case GIT_ELOCKED: .locked
            case GIT_EMODIFIED: .changed
            case GIT_EBAREREPO: .bare
            case GIT_EUNCOMMITTED: .uncommitted
            case GIT_EINVALIDSPEC: .invalidName
            case GIT_ECONFLICT: .checkoutConflict
            case GIT_EOWNER: .owner
            default: .other
            }
    }
}

/// The one place that reads libgit2's return codes.
@discardableResult
func check(
    _ status: Int32, _ operation: @autoclosure () -> String, _ subject: @autoclosure () -> String
) throws(GitError) -> Int32 {
    if status >= 0 { return status }
    let reason =
        git_error_last().flatMap { $0.pointee.message.map { String(cString: $0) } } ?? "code \(status)"
    throw GitError(
        GitError.Code(status), operation: operation(), subject: subject(),
        reason: reason.split(separator: "\n").joined(separator: " "))
}
