/// Something that could not be done, in the product's one form: the thing, the reason, the next step.
public struct HybridError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of error it is, in a stable word that a script can act on.
    public enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        /// None of the others.
        case failed
        /// A plan cannot be read, or says what none may say.
        case planInvalid = "plan-invalid"
        /// The check of a plan says no.
        case planRefused = "plan-refused"
        /// Jobs are planned for the same place, in this plan or in another run.
        case overlap
        /// The folder is in no git repository.
        case notARepository = "not-a-repository"
        /// The repository belongs to another user.
        case notTrusted = "not-trusted"
        /// There is no such run, or none yet.
        case noSuchRun = "no-such-run"
        /// The run has no such job.
        case noSuchJob = "no-such-job"
        /// There is no such branch or commit, or more than one that the name could mean.
        case noSuchRevision = "no-such-revision"
        /// There is no such schema, example or other thing that hybrid itself names.
        case noSuchName = "no-such-name"
        /// A name or an option says nothing that could be done.
        case invalidArgument = "invalid-argument"
        /// A file that was named cannot be read, or holds something else.
        case unreadable
        /// A file that was to be new is there.
        case fileExists = "file-exists"
        /// A place cannot be written: permissions, a read-only file system.
        case notWritable = "not-writable"
        /// The disk has too little room.
        case noSpace = "no-space"
        /// Another process works on it; to try again later may help.
        case locked
        /// It changed while it was worked on; to try again may help.
        case changed
        /// Changes that are not committed are in the way.
        case dirtyCheckout = "dirty-checkout"
        /// The run or the job does not stand where this can be done.
        case wrongState = "wrong-state"
        /// Work would be lost that is nowhere else.
        case unmergedWork = "unmerged-work"
        /// A setting in git's configuration or the environment cannot be used.
        case settingInvalid = "setting-invalid"
        /// git does not know who commits.
        case noIdentity = "no-identity"
        /// A commit is to be signed and cannot be.
        case signingFailed = "signing-failed"
        /// A hook of the user's does not let a commit pass.
        case hookRefused = "hook-refused"
        /// What the user's hooks do was changed.
        case hooksChanged = "hooks-changed"
        /// What makes a fresh worktree ready failed.
        case setUpFailed = "set-up-failed"
        /// A worker changed what all worktrees share, such as the repository's configuration.
        case sharedState = "shared-state"
        /// A program that is needed is not there.
        case programMissing = "program-missing"
        /// git, or another program that was asked, failed.
        case programFailed = "program-failed"
        /// The record of a run, or what git or hybrid keeps, is damaged.
        case recordDamaged = "record-damaged"
        /// What hybrid keeps is not what it wrote there, or nobody knows whether it is: its seal is missing or does not hold.
        case sealBroken = "seal-broken"
        /// The key that seals what hybrid keeps cannot be used.
        case keyUnusable = "key-unusable"
        /// A newer hybrid wrote it.
        case newerFormat = "newer-format"
        /// The repository has what hybrid cannot work with.
        case unsupported
        /// Not everything could be looked at, so there is no answer.
        case incomplete
        /// A resolution is not finished.
        case unresolved

        /// A word of a newer version is none of these.
        public init(from decoder: any Decoder) throws {
            self = Code(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .failed
        }
    }

    /// What kind of error it is.
    public var code: Code
    /// What it is about: a file with line, a branch, a path, a job.
    public var thing: String
    /// Why it could not be done, one line.
    public var reason: String
    /// What to type or change next; nil where the reason says it.
    public var next: String?

    /// Makes an error.
    public init(_ code: Code, _ thing: String, _ reason: String, next: String? = nil) {
        self.code = code
        self.thing = thing
        self.reason = reason
        self.next = next
    }

    /// Makes an error of no kind of its own.
    public init(_ thing: String, _ reason: String, next: String? = nil) {
        self.init(.failed, thing, reason, next: next)
    }

    /// `thing: reason (next)`.
    public var description: String {
        next.map { "\(thing): \(reason); \($0)" } ?? "\(thing): \(reason)"
    }
}

/// An error of another kind that can be told in the product's one form.
package protocol ToldError: Error {
    /// The same error, or the errors that it stands for; at least one.
    var told: [HybridError] { get }
}

extension HybridError {
    /// Tells any error; one that does not say what it is about is about `thing`.
    package static func told(_ error: any Error, about thing: String) -> [HybridError] {
        if let error = error as? HybridError { return [error] }
        return (error as? any ToldError)?.told ?? [HybridError(thing, "\(error)")]
    }
}
