/// A JSON value with its keys in order, so that the same answer is the same text.
public enum JSONValue: Sendable {
    case object([(String, JSONValue)])
    case array([JSONValue])
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
    case null

    /// Strings.
    package static func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    /// The value as JSON text, indented by `indent` spaces a level.
    public func text(indent: Int = 2) -> String {
        var out = ""
        write(to: &out, indent: indent, level: 0)
        return out
    }

    /// The value as JSON text in one line.
    public func line() -> String {
        switch self {
        case .object(let pairs):
            "{" + pairs.map { JSONValue.quoted($0.0) + ":" + $0.1.line() }.joined(separator: ",") + "}"
        case .array(let items): "[" + items.map { $0.line() }.joined(separator: ",") + "]"
        default: text()
        }
    }

    private func write(to out: inout String, indent: Int, level: Int) {
        let inner = "\n" + String(repeating: " ", count: indent * (level + 1))
        let outer = "\n" + String(repeating: " ", count: indent * level)
        switch self {
        case .object(let pairs):
            if pairs.isEmpty { out += "{}" }
            for (index, pair) in pairs.enumerated() {
                out += (index == 0 ? "{" : ",") + inner + JSONValue.quoted(pair.0) + ": "
                pair.1.write(to: &out, indent: indent, level: level + 1)
            }
            if !pairs.isEmpty { out += outer + "}" }
        case .array(let items):
            if items.isEmpty { out += "[]" }
            for (index, item) in items.enumerated() {
                out += (index == 0 ? "[" : ",") + inner
                item.write(to: &out, indent: indent, level: level + 1)
            }
            if !items.isEmpty { out += outer + "]" }
        case .string(let text): out += JSONValue.quoted(text)
        case .int(let number): out += String(number)
        case .double(let number):
            // JSON knows neither infinity nor NaN.
            out +=
                number.isFinite
                ? (number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)")
                : "null"
        case .bool(let flag): out += flag ? "true" : "false"
        case .null: out += "null"
        }
    }

    /// A text as a JSON string.
    package static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                if scalar.value < 32 || scalar.value == 127 || (0x80..<0xA0).contains(scalar.value) {
                    let hex = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }
}
