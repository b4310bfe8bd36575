/// A history's text has a line that says nothing known.
package struct HistorySyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line's number, from 1; 0 for the whole.
    package var line: Int
    /// What is wrong with it.
    package var fault: String
    /// Both.
    package var description: String { line == 0 ? fault : "line \(line): \(fault)" }
}

extension History {
    /// Reads a history's text form.
    package init(parsing text: String) throws(HistorySyntaxError) {
        self.init()
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            do throws(Fault) {
                try read(Words(line))
            } catch {
                throw HistorySyntaxError(line: number, fault: error.text)
            }
        }
        if let fault { throw HistorySyntaxError(line: 0, fault: fault) }
    }

    private mutating func read(_ line: Words) throws(Fault) {
        guard let statement = line.words.first else { return }
        let words = Array(line.words.dropFirst())
        func name(_ index: Int) -> String { words[index].text }
        switch statement.text {
        case "config":
            try words.need(2)
            settings.append(.config(name(0), name(1)))
        case "attribute":
            try words.need(1)
            settings.append(.attribute(name(0)))
        case "meets":
            try words.need(1)
            meets.append(name(0))
        case "commit":
            try words.need(1...)
            var commit = Commit(name(0))
            for word in words.dropFirst() {
                if word.text.hasPrefix("@") {
                    guard let date = Int(word.text.dropFirst()) else {
                        throw Fault("\(word.text) is no time")
                    }
                    commit.date = date
                } else {
                    commit.parents.append(word.text)
                }
            }
            commits.append(commit)
        case "merge", "merge-ids":
            try words.need(2)
            merges.append(Merge(name(0), name(1), byID: statement.text == "merge-ids"))
        default:
            guard !commits.isEmpty else { throw Fault("\(statement.text) stands before any commit") }
            commits[commits.count - 1].steps.append(try Step(statement.text, words))
        }
    }
}

extension Step {
    fileprivate init(_ name: String, _ words: [Words.Word]) throws(Fault) {
        func path(_ index: Int) -> Path { words[index].path }
        switch name {
        case "write":
            try words.need(2...)
            var content: [UInt8] = []
            for word in words.dropFirst() {
                guard let bytes = word.isQuoted ? word.bytes : Spelling.run(word.bytes) else {
                    throw Fault("\(word.text) is neither quoted nor a run of lines")
                }
                content += bytes
            }
            self = .write(path(0), content)
        case "exec", "noexec":
            try words.need(1)
            self = .mode(path(0), isExecutable: name == "exec")
        case "link":
            try words.need(2)
            self = .link(path(0), words[1].bytes)
        case "gitlink":
            try words.need(2)
            guard words[1].bytes.count == 40, words[1].text.allSatisfy({ $0.isHexDigit && !$0.isUppercase })
            else { throw Fault("a submodule's commit has 40 hexadecimal digits") }
            self = .gitlink(path(0), words[1].text)
        case "delete":
            try words.need(1)
            self = .delete(path(0))
        case "move", "copy":
            try words.need(2)
            self = name == "move" ? .move(path(0), path(1)) : .copy(path(0), path(1))
        case "take":
            try words.need(2)
            self = .take(words[0].text, since: words[1].text)
        default: throw Fault("\(name) is no statement")
        }
    }
}

private struct Fault: Error {
    var text: String
    init(_ text: String) { self.text = text }
}

/// A line's words.
private struct Words {
    struct Word {
        var bytes: [UInt8] = []
        var isQuoted = false
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var path: Path { bytes == [UInt8(ascii: ".")] ? .root : Path(bytes: bytes) }
    }
    var words: [Word] = []

    init(_ line: Substring) throws(Fault) {
        var rest = Array(line.utf8)[...]
        while true {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let first = rest.first else { return }
            if first == UInt8(ascii: "#"), words.isEmpty { return }
            if first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                words.append(Word(bytes: try Self.quoted(&rest), isQuoted: true))
            } else {
                let bytes = rest.prefix { $0 != UInt8(ascii: " ") }
                rest = rest.dropFirst(bytes.count)
                words.append(Word(bytes: Array(bytes)))
            }
        }
    }

    /// Reads up to the closing quote and past it.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return bytes }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard let escaped = rest.popFirst() else { break }
            switch escaped {
            case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "r"): bytes.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(escaped)
            default:
                let digits = [escaped] + rest.prefix(2)
                rest = rest.dropFirst(2)
                guard digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
                else { throw Fault("a backslash stands before n, t, r, \", \\ or three octal digits") }
                bytes.append(value)
            }
        }
        throw Fault("a quote is not closed")
    }
}

extension [Words.Word] {
    fileprivate func need(_ number: Int) throws(Fault) { try need(number...number) }
    fileprivate func need(_ range: some RangeExpression<Int>) throws(Fault) {
        guard range.contains(count) else { throw Fault("a wrong number of words") }
    }
}
