internal import CLibgit2

/// What HybridGit was built with.
package enum LibraryVersion {
    /// libgit2's version, as its headers had it, such as "1.5.1".
    package static let libgit2 = LIBGIT2_VERSION
}
