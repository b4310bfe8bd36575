internal import HybridBase
internal import HybridMerging

/// What a path in a plan may look like.
package enum PathRules {
    /// The longest path that is read, in bytes; PATH_MAX on Linux.
    package static let longest = 4096

    /// The path as kept in the model, or the reason why it is refused.
    package static func normalised(_ raw: String) -> Result<String, Refusal> {
        if isPlain(raw) { return .success(raw) }
        var bare = raw[...]
        while let rest = bare.rest(behind: "./") { bare = rest }
        let path = bare.withoutFinalSlashes
        if path.isEmpty || path == "." {
            return .failure(Refusal("it is empty; claim a file, a folder or a glob"))
        }
        if path.utf8.count > longest { return .failure(Refusal("it is longer than \(longest) bytes")) }
        if path.beginsWithBytes(of: "/") {
            return .failure(Refusal("it is absolute; paths start at the repository's root"))
        }
        if path.beginsWithBytes(of: "~") {
            return .failure(Refusal("a shell's ~ is not expanded; paths start at the repository's root"))
        }
        if path.utf8.contains(UInt8(ascii: "\\")) {
            return .failure(Refusal("it holds a backslash; components are separated by /"))
        }
        let letters = Array(path.utf8.prefix(2))
        if letters.count == 2, letters[1] == 58, (65...90).contains(letters[0] & 0xDF) {
            return .failure(Refusal("it names a drive; paths start at the repository's root"))
        }
        for scalar in path.unicodeScalars where isControl(scalar) {
            return .failure(
                Refusal(
                    "it holds the control character U+\(String(scalar.value, radix: 16, uppercase: true))"))
        }
        for part in path.parts(at: "/", omittingEmpty: false) {
            if part.isEmpty { return .failure(Refusal("it holds an empty component (//)")) }
            if part == ".." {
                return .failure(Refusal("it climbs out by ..; paths start at the repository's root"))
            }
            if part == "." { return .failure(Refusal("it holds a . component")) }
            if isGitFolder(part) { return .failure(Refusal("it reaches into the git directory")) }
        }
        return .success(path)
    }

    /// Whether a path is beyond doubt as it stands, as most are: ASCII letters, digits, `_` and wildcards, with dots and
    /// dashes behind a component's beginning.
    private static func isPlain(_ raw: String) -> Bool {
        var isStart = true
        var count = 0
        for byte in raw.utf8 {
            count += 1
            switch byte {
            case 97...122, 48...57, 65...90, 95, 42, 63: isStart = false
            case 45, 46:
                if isStart { return false }
            case 47:
                if isStart { return false }
                isStart = true
            default: return false
            }
        }
        // git~1 holds a ~ and .git begins with a dot: neither comes this far.
        return !isStart && count <= longest
    }

    package struct Refusal: Error {
        package var reason: String
        package init(_ reason: String) { self.reason = reason }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<32, 127, 0x80..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// `.git` in any spelling that some file system takes for it: case, NTFS short names and trailing dots and
    /// spaces, HFS's ignorable characters (git's path.c and utf8.c describe them).
    package static func isGitFolder(_ part: Substring) -> Bool {
        let visible = part.unicodeScalars.filter { scalar in
            switch scalar.value {
            case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: false
            default: true
            }
        }
        var name = String(String.UnicodeScalarView(visible)).lowercased()
        name = name.parts(at: ":", most: 1, omittingEmpty: false).first.map(String.init) ?? name
        while let shorter = name.rest(before: ".") ?? name.rest(before: " ") { name = String(shorter) }
        return name == ".git" || name == "git~1"
    }
}
