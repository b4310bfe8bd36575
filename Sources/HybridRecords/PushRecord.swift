public import HybridGit

/// What becomes of a landing on a remote.
public struct PushRecord: Codable, Hashable, Sendable {
    /// The remote, as the user named it.
    public var remote: String
    /// The commit that the remote's branch holds; nil until it does.
    public var pushed: ObjectID?

    /// Makes a record of what is to be pushed.
    public init(remote: String) { self.remote = remote }
}
