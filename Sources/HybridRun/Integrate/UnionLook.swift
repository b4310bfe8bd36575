internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

/// What a union of several versions of a file did that adding lines would not have done.
///
/// `merge=union` puts the lines of both sides one after the other wherever they meet. Where both only added, that is what
/// was wanted; where lines of the base were changed or removed, both versions stay, or what was removed comes back.
struct UnionLook {
    /// One worker's version of a file.
    struct Version {
        var job: JobID
        var bytes: [UInt8]
    }

    var path: RepoPath
    /// The version that all began with; empty where there was none.
    var base: [UInt8]
    var versions: [Version]

    /// Two versions that met where a line of the base was changed or removed.
    struct Meeting: Hashable {
        var jobs: [JobID]
        /// The first such line, from 1.
        var line: Int
    }

    /// The pairs of versions that met in lines of the base.
    func meetings() -> [Meeting] {
        var found: [Meeting] = []
        for (number, one) in versions.enumerated() {
            for two in versions[(number + 1)...] where one.bytes != two.bytes {
                let files = ThreeWay(base: base, ours: one.bytes, theirs: two.bytes)
                if BinaryMerge.applies(to: files) { continue }
                let merge = TextMerge.merge(files, TextMerge.Options(style: .diff3))
                guard let hunk = merge.conflicts.first(where: { !$0.base.isEmpty }) else { continue }
                found.append(Meeting(jobs: [one.job, two.job], line: hunk.base.lowerBound + 1))
            }
        }
        return found
    }

    /// Why the merged text cannot be read, though every version could; nil where it can, or none of it is known.
    func damage(in merged: [UInt8]) -> String? {
        guard versions.allSatisfy({ Self.problem($0.bytes, path) == nil }) else { return nil }
        return Self.problem(merged, path)
    }

    /// Why a file is not what its name says; nil where it is, or where nothing here reads such files.
    private static func problem(_ bytes: [UInt8], _ path: RepoPath) -> String? {
        let name = path.text.pathName.lowercased()
        if name.hasSuffix(".json") {
            do throws(HybridError) {
                _ = try JSONSpan.read(bytes, file: path.text)
                return nil
            } catch {
                return "it is no JSON any more: \(error.reason)"
            }
        }
        return nil
    }
}
