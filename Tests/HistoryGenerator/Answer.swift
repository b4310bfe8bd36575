/// One merge's answer, as `merge-tree --stdin` prints it.
package struct Answer: Hashable, Sendable {
    /// All its bytes.
    package var bytes: [UInt8]
    /// Whether the merge is clean.
    package var isClean: Bool
    /// The tree's id.
    package var tree: String
    /// The conflicted entries: mode, id, stage, tab, path.
    package var entries: [[UInt8]]
    /// The messages, in order.
    package var messages: [Message]
    /// Advice about submodules, which git before 2.45 prints after the last message, without a field of its own.
    package var advice: [UInt8] = []

    /// A message of a conflicted merge.
    package struct Message: Hashable, Sendable {
        /// The paths that it names, as fields of their own.
        package var paths: [[UInt8]]
        /// Its kind, which stays the same in all versions of git.
        package var kind: String
        /// The sentence.
        package var text: [UInt8]

        /// The kind, and for contents what was merged.
        package var label: String {
            let text = String(decoding: text, as: UTF8.self)
            guard kind == "CONFLICT (contents)", text.hasPrefix("CONFLICT ("),
                let end = text.firstIndex(of: ")")
            else { return kind }
            return "\(kind): \(text[..<end].dropFirst(10))"
        }
    }

    /// The kinds of conflict that messages tell of, also those of a merge that is called clean.
    package var conflictKinds: [String] {
        Set(messages.map(\.kind).filter { $0.hasPrefix("CONFLICT") }).sorted()
    }

    /// Reads answers one after another, up to the first that is cut off or wrong.
    ///
    /// `talking`: clean ones have messages too.
    package static func all(
        in bytes: [UInt8], talking: Bool = false
    ) -> (answers: [Answer], rest: ArraySlice<UInt8>) {
        var fields = Fields(rest: bytes[...])
        var answers: [Answer] = []
        while true {
            let start = fields.rest
            guard var answer = fields.answer(talking: talking) else { return (answers, start) }
            answer.bytes = Array(bytes[start.startIndex..<fields.rest.startIndex])
            answers.append(answer)
        }
    }
}

/// Fields that end at NUL.
private struct Fields {
    var rest: ArraySlice<UInt8>

    mutating func next() -> [UInt8]? {
        guard let end = rest.firstIndex(of: 0) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return Array(rest[..<end])
    }

    mutating func text() -> String? { next().map { String(decoding: $0, as: UTF8.self) } }

    mutating func answer(talking: Bool) -> Answer? {
        guard let status = text(), status == "0" || status == "1", let tree = text(), tree.count == 40 else {
            return nil
        }
        var answer = Answer(bytes: [], isClean: status == "1", tree: tree, entries: [], messages: [])
        while true {
            guard let entry = next() else { return nil }
            if entry.isEmpty { break }
            answer.entries.append(entry)
        }
        if answer.isClean, !talking { return answer }
        while true {
            guard let field = next() else { return nil }
            if field.isEmpty { return answer }
            let number = String(decoding: field, as: UTF8.self)
            if number.hasPrefix("Recursive merging with submodules") {
                answer.advice = field
                return answer
            }
            guard let count = Int(number), count >= 0, count < 100_000 else { return nil }
            var paths: [[UInt8]] = []
            for _ in 0..<count {
                guard let path = next() else { return nil }
                paths.append(path)
            }
            guard let kind = text(), let sentence = next() else { return nil }
            answer.messages.append(.init(paths: paths, kind: kind, text: sentence))
        }
    }
}

/// How an answer differs from git's.
package enum Difference: String, Hashable, Sendable, CaseIterable {
    /// It is missing or cannot be read.
    case noAnswer = "no answer"
    /// One is clean and the other is not.
    case verdict = "other verdict"
    /// The trees' ids differ.
    case tree = "other tree"
    /// The conflicted entries differ.
    case entries = "other entries"
    /// The messages differ.
    case messages = "other messages"

    /// The first difference of an answer from git's; nil when they are equal byte for byte.
    package init?(git: Answer, program: Answer?) {
        guard let program else {
            self = .noAnswer
            return
        }
        if program.bytes == git.bytes { return nil }
        if program.isClean != git.isClean {
            self = .verdict
        } else if program.tree != git.tree {
            self = .tree
        } else if program.entries != git.entries {
            self = .entries
        } else {
            self = .messages
        }
    }
}
