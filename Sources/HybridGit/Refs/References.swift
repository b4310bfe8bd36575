internal import CLibgit2

extension Repository {
    /// The commit that a ref names, peeled; nil when there is no such ref.
    public func id(of ref: RefName) throws(GitError) -> ObjectID? {
        try lookAtRef(ref.text)
        var reference: OpaquePointer?
        let status = git_reference_lookup(&reference, try handle, ref.text)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try check(status, "read ref", ref.text)
        defer { git_reference_free(reference) }
        var object: OpaquePointer?
        try check(git_reference_peel(&object, reference, GIT_OBJECT_COMMIT), "read ref", ref.text)
        defer { git_object_free(object) }
        return ObjectID(git_object_id(object).pointee)
    }

    /// The branch that HEAD names, born or not; nil where HEAD is detached.
    public func currentBranch() throws(GitError) -> BranchName? {
        try lookAtRef("HEAD")
        var reference: OpaquePointer?
        try check(git_reference_lookup(&reference, handle, "HEAD"), "read ref", "HEAD")
        defer { git_reference_free(reference) }
        guard let target = git_reference_symbolic_target(reference) else { return nil }
        return try RefName(String(cString: target)).branch
    }

    /// The commit at HEAD; nil on an unborn branch.
    public func headCommit() throws(GitError) -> ObjectID? {
        try lookAtRef("HEAD")
        var id = git_oid()
        let status = git_reference_name_to_id(&id, try handle, "HEAD")
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try check(status, "read ref", "HEAD")
        return ObjectID(id)
    }

    /// The commit that a revision such as `main~2` names.
    public func resolveCommit(_ text: String) throws(GitError) -> ObjectID {
        if let id = try plainCommit(text) { return id }
        return try resolve(text, to: GIT_OBJECT_COMMIT)
    }

    /// The tree that a revision such as `main` or `main:folder` names.
    package func resolveTree(_ text: String) throws(GitError) -> ObjectID {
        try resolve(text, to: GIT_OBJECT_TREE)
    }

    private func resolve(_ text: String, to type: git_object_t) throws(GitError) -> ObjectID {
        var object: OpaquePointer?
        try check(git_revparse_single(&object, handle, text), "resolve revision", text)
        defer { git_object_free(object) }
        var peeled: OpaquePointer?
        try check(git_object_peel(&peeled, object, type), "resolve revision", text)
        defer { git_object_free(peeled) }
        return ObjectID(git_object_id(peeled).pointee)
    }

    /// The refs below a prefix such as `refs/heads/hybrid/`, sorted, with the commits they name.
    package func references(prefix: String) throws(GitError) -> [(name: RefName, id: ObjectID)] {
        var iterator: OpaquePointer?
        try check(
            git_reference_iterator_glob_new(&iterator, handle, prefix + "*"), "list refs", prefix)
        defer { git_reference_iterator_free(iterator) }
        var names: [RefName] = []
        while true {
            var name: UnsafePointer<CChar>?
            let status = git_reference_next_name(&name, iterator)
            if status == GIT_ITEROVER.rawValue { break }
            try check(status, "list refs", prefix)
            if let name, RefName.isValid(name) { names.append(RefName(trusted: String(cString: name))) }
        }
        var found: [(name: RefName, id: ObjectID)] = []
        for name in names.sorted() {
            if let id = try id(of: name) { found.append((name, id)) }
        }
        return found
    }

    /// Makes a ref that must not be there yet; throws `exists` when it is.
    public func createReference(_ ref: RefName, at id: ObjectID, message: String) throws(GitError) {
        try identify()
        try lookAtRef(ref.text)
        try Patience.writeRef { () throws(GitError) in
            var reference: OpaquePointer?
            var oid = id.oid
            try check(
                git_reference_create(&reference, handle, ref.text, &oid, 0, message), "create ref", ref.text)
            git_reference_free(reference)
        }
    }

    /// Moves a ref by compare-and-swap; `.zero` expects that it is not there.
    ///
    /// Throws `changed` when it names something else, `locked` when another process holds it.
    public func updateReference(
        _ ref: RefName, to id: ObjectID, expecting old: ObjectID, message: String
    ) throws(GitError) {
        if old == .zero {
            try createReference(ref, at: id, message: message)
            return
        }
        if id == old, try self.id(of: ref) == old { return }
        try identify()
        try lookAtRef(ref.text)
        try lookAtRef("HEAD")
        try Patience.writeRef { () throws(GitError) in
            var reference: OpaquePointer?
            var new = id.oid
            var expected = old.oid
            try check(
                git_reference_create_matching(&reference, handle, ref.text, &new, 1, &expected, message),
                "move ref", ref.text)
            git_reference_free(reference)
        }
    }

    /// Deletes a ref that names `old`; throws `changed` when it names something else, and does nothing when it is gone.
    public func deleteReference(_ ref: RefName, expecting old: ObjectID) throws(GitError) {
        try Patience.wait(.ref) { () throws(GitError) in try delete(ref, old) }
    }

    /// Says who moves refs through this handle, for their reflogs; libgit2 itself does not ask as git does.
    package func nameInReflogs(_ person: Signature) throws(GitError) {
        try check(
            git_repository_set_ident(handle, person.name, person.email), "set reflog name", person.name)
    }

    /// Reflogs need a name even where the user has none.
    private func identify() throws(GitError) {
        var (name, email): (UnsafePointer<CChar>?, UnsafePointer<CChar>?) = (nil, nil)
        try check(git_repository_ident(&name, &email, handle), "read reflog name", "")
        if name != nil { return }
        if let name = try configString("user.name"), let email = try configString("user.email"),
            !name.isEmpty, !email.isEmpty
        {
            return
        }
        try check(git_repository_set_ident(handle, "hybrid", "hybrid@localhost"), "set reflog name", "hybrid")
    }
}
