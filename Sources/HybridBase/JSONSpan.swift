/// A JSON document as places in its bytes, so that an edit can leave every other byte alone.
package struct JSONSpan {
    package enum Kind {
        case object([(key: String, value: JSONSpan)])
        case array([JSONSpan])
        case string(String)
        case other
    }

    package var kind: Kind
    package var range: Range<Int>

    package init(kind: Kind, range: Range<Int>) {
        self.kind = kind
        self.range = range
    }

    /// The text of a string; nil for anything else.
    package var text: String? { if case .string(let text) = kind { text } else { nil } }

    /// The value of a key; nil where this is no object or it is not there.
    package func value(_ key: String) -> JSONSpan? {
        guard case .object(let pairs) = kind else { return nil }
        return pairs.last { $0.key == key }?.value
    }

    /// Reads a whole document.
    ///
    /// Throws with line and column.
    package static func read(_ bytes: [UInt8], file: String) throws(HybridError) -> JSONSpan {
        var reader = Reader(bytes: bytes, file: file)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.at = 3 }
        let value = try reader.value(depth: 0)
        reader.skip()
        if reader.at < bytes.count { throw reader.error("something follows the document") }
        return value
    }

    private struct Reader {
        let bytes: [UInt8]
        let file: String
        var at = 0

        func error(_ reason: String) -> HybridError {
            let before = bytes.prefix(min(at, bytes.count))
            let line = before.count { $0 == 10 } + 1
            let column = before.count - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0) + 1
            return HybridError(
                .unreadable, "\(file):\(line):\(column)", "broken JSON: \(reason)", next: "mend the file")
        }

        mutating func skip() {
            while at < bytes.count, [32, 9, 10, 13].contains(bytes[at]) { at += 1 }
        }

        mutating func value(depth: Int) throws(HybridError) -> JSONSpan {
            skip()
            guard depth < 200 else { throw error("it is nested too deeply") }
            guard at < bytes.count else { throw error("it ends too early") }
            let start = at
            switch bytes[at] {
            case 123:
                at += 1
                var pairs: [(key: String, value: JSONSpan)] = []
                skip()
                if take(125) { return JSONSpan(kind: .object([]), range: start..<at) }
                while true {
                    skip()
                    let key = try string()
                    skip()
                    guard take(58) else { throw error("a colon is expected") }
                    pairs.append((key, try value(depth: depth + 1)))
                    skip()
                    if take(125) { return JSONSpan(kind: .object(pairs), range: start..<at) }
                    guard take(44) else { throw error("a comma or } is expected") }
                }
            case 91:
                at += 1
                var items: [JSONSpan] = []
                skip()
                if take(93) { return JSONSpan(kind: .array([]), range: start..<at) }
                while true {
                    items.append(try value(depth: depth + 1))
                    skip()
                    if take(93) { return JSONSpan(kind: .array(items), range: start..<at) }
                    guard take(44) else { throw error("a comma or ] is expected") }
                }
            case 34:
                let text = try string()
                return JSONSpan(kind: .string(text), range: start..<at)
            default:
                while at < bytes.count, ![44, 93, 125, 32, 9, 10, 13].contains(bytes[at]) { at += 1 }
                let word = String(decoding: bytes[start..<at], as: UTF8.self)
                guard ["true", "false", "null"].contains(word) || Double(word) != nil else {
                    at = start
                    throw error("a value is expected")
                }
                return JSONSpan(kind: .other, range: start..<at)
            }
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard at < bytes.count, bytes[at] == byte else { return false }
            at += 1
            return true
        }

        private mutating func string() throws(HybridError) -> String {
            guard take(34) else { throw error("a string is expected") }
            var out: [UInt8] = []
            while at < bytes.count {
                let byte = bytes[at]
                at += 1
                if byte == 34 { return String(decoding: out, as: UTF8.self) }
                if byte < 32 { throw error("a control character stands in a string") }
                guard byte == 92 else {
                    out.append(byte)
                    continue
                }
                guard at < bytes.count else { break }
                let escape = bytes[at]
                at += 1
                switch escape {
                case 110: out.append(10)
                case 116: out.append(9)
                case 114: out.append(13)
                case 98: out.append(8)
                case 102: out.append(12)
                case 117:
                    out += Array(String(try escaped()).utf8)
                case 34, 47, 92: out.append(escape)
                default: throw error("an escape that JSON does not know")
                }
            }
            throw error("a string does not end")
        }

        private mutating func escaped() throws(HybridError) -> Character {
            var unit = try four()
            if (0xD800..<0xDC00).contains(unit), at + 1 < bytes.count, bytes[at] == 92, bytes[at + 1] == 117 {
                at += 2
                unit = 0x10000 + (unit - 0xD800) << 10 + (try four() &- 0xDC00) & 0x3FF
            }
            return Character(Unicode.Scalar(unit) ?? "\u{FFFD}")
        }

        private mutating func four() throws(HybridError) -> UInt32 {
            guard at + 4 <= bytes.count, bytes[at] != 43,
                let value = UInt32(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16)
            else { throw error("four hexadecimal digits are expected") }
            at += 4
            return value
        }
    }
}
