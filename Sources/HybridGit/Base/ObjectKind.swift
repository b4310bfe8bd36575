internal import CLibgit2

/// The words that git has for the kinds of objects.
enum ObjectKind {
    static func type(named name: ArraySlice<UInt8>) -> git_object_t? {
        for type in [GIT_OBJECT_COMMIT, GIT_OBJECT_TREE, GIT_OBJECT_BLOB, GIT_OBJECT_TAG]
        where name.elementsEqual(self.name(of: type).utf8) {
            return type
        }
        return nil
    }

    static func name(of type: git_object_t) -> String {
        switch type {
        case GIT_OBJECT_COMMIT: "commit"
        case GIT_OBJECT_TREE: "tree"
        case GIT_OBJECT_BLOB: "blob"
        case GIT_OBJECT_TAG: "tag"
        default: "object"
        }
    }
}
