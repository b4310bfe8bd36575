internal import HybridBase
internal import HybridMerging

/// Writes waves into a Markdown plan, in place.
public enum WaveEdit {
    private struct Edit {
        /// The line of the run of documents, from 1.
        var line: Int
        /// Replaces the line; else it stands behind it.
        var replaces: Bool
        var wave: Int
        /// The line whose manner a new one copies.
        var like: Int
    }

    /// The documents with the waves of `repaired`, where they are not those of `plan`.
    ///
    /// Only the jobs' `Wave:` lines are changed or added; every other byte stays. Throws where a document cannot be
    /// read as a plan.
    public static func edited(
        _ documents: [(file: String, bytes: [UInt8])], plan: Plan, repaired: Plan
    ) throws -> [(file: String, bytes: [UInt8])] {
        let source = PlanSource(
            documents.map { document in
                let text = String(decoding: document.bytes, as: UTF8.self)
                let hasMark = text.unicodeScalars.first == "\u{FEFF}"
                return (document.file, hasMark ? String(text.unicodeScalars.dropFirst()) : text)
            })
        let jobs = try MarkdownReader(source: source).read().filter { $0.section == .jobs && $0.job != nil }
        guard jobs.count == plan.jobs.count else {
            throw HybridError(
                .planInvalid, source.file, "its jobs are not those of the plan",
                next: "write a new file with --output")
        }
        var edits: [Edit] = []
        for (index, block) in jobs.enumerated() {
            guard let wave = repaired.jobs[index].wave, wave != plan.jobs[index].wave else { continue }
            if let field = block.fields.last(where: { PlanMarkdown.jobKeys[$0.key] == "wave" }) {
                edits.append(Edit(line: field.line, replaces: true, wave: wave, like: field.line))
            } else {
                let last = block.fields.last
                edits.append(
                    Edit(
                        line: last?.items.last?.line ?? last?.line ?? block.line, replaces: false, wave: wave,
                        like: block.fields.first?.line ?? block.line))
            }
        }
        var first = 1
        var out: [(file: String, bytes: [UInt8])] = []
        for document in documents {
            let lines = document.bytes.split(separator: 10, omittingEmptySubsequences: false)
            let own = edits.filter { (first..<(first + lines.count)).contains($0.line) }
            out.append((document.file, apply(own, to: lines, from: first)))
            first += lines.count
        }
        return out
    }

    private static func apply(_ edits: [Edit], to lines: [ArraySlice<UInt8>], from first: Int) -> [UInt8] {
        var changed: [Int: Edit] = [:]
        for edit in edits { changed[edit.line - first] = edit }
        var out: [[UInt8]] = []
        for (number, line) in lines.enumerated() {
            guard let edit = changed[number] else {
                out.append(Array(line))
                continue
            }
            let end: [UInt8] = line.last == 13 ? [13] : []
            if edit.replaces {
                out.append(replaced(line, edit.wave))
            } else {
                // The last line of a document may end without a line break.
                out.append(Array(line))
                let manner = lines.indices.contains(edit.like - first) ? lines[edit.like - first] : line
                out.append(mark(of: manner) + Array("Wave: \(edit.wave)".utf8) + end)
            }
        }
        return Array(out.joined(separator: [10]))
    }

    /// The line with another number: what stands between its colon and its end.
    private static func replaced(_ line: ArraySlice<UInt8>, _ wave: Int) -> [UInt8] {
        guard let colon = line.firstIndex(of: 58),
            let start = line[colon...].firstIndex(where: { (48...57).contains($0) })
        else { return Array(line) }
        let end = line[start...].firstIndex { !(48...57).contains($0) } ?? line.endIndex
        return Array(line[..<start]) + Array(String(wave).utf8) + Array(line[end...])
    }

    /// The white space and the list mark that a field of a job begins with; a plain list item where it has none.
    private static func mark(of line: ArraySlice<UInt8>) -> [UInt8] {
        let space = line.prefix { $0 == 32 || $0 == 9 }
        let rest = line.dropFirst(space.count)
        guard let sign = rest.first, sign == 45 || sign == 42 || sign == 43, rest.dropFirst().first == 32
        else {
            return Array(space) + Array("- ".utf8)
        }
        // "**Job 1:**" is no list item, and a field written like it would be one of another job.
        return Array(space) + [sign, 32]
    }
}
