internal import HybridGit
internal import HybridPlan
internal import HybridRecords

/// JUnit's XML, as many test runners write it; read by a small scanner that takes what it understands and skips the rest.
///
/// Nothing is expanded but the five named entities and character references, so no document can make it read files or grow.
enum JUnit {
    /// The names of the test cases that hold a failure or an error, `class.name`, in document order.
    ///
    /// Grows with the output.
    static func failing(in output: [UInt8]) -> [String] {
        guard find("<testcase", in: output, from: 0) != nil else { return [] }
        var names: [String] = []
        var open: String?
        var at = 0
        while let start = output[at...].firstIndex(of: UInt8(ascii: "<")) {
            if starts("<![CDATA[", in: output, at: start) {
                at = find("]]>", in: output, from: start).map { $0 + 3 } ?? output.count
                continue
            }
            if starts("<!--", in: output, at: start) {
                at = find("-->", in: output, from: start).map { $0 + 3 } ?? output.count
                continue
            }
            let end = endOfTag(output, from: start)
            let tag = output[start..<end]
            at = end
            if isTag("<testcase", tag) {
                let attributes = attributes(of: tag)
                let name = attributes["name"] ?? ""
                let place = attributes["classname"] ?? ""
                open =
                    tag.dropLast().last == UInt8(ascii: "/")
                    ? nil : place.isEmpty || name.hasPrefix(place) ? name : "\(place).\(name)"
            } else if isTag("</testcase", tag) {
                open = nil
            } else if isTag("<failure", tag) || isTag("<error", tag), let name = open {
                names.append(name)
                open = nil
                if names.count >= TestOutput.limit { return names }
            }
        }
        return names
    }

    /// Where a tag ends, behind its `>`; one within quotes is text.
    private static func endOfTag(_ bytes: [UInt8], from start: Int) -> Int {
        var quote: UInt8?
        var at = start + 1
        while at < bytes.count {
            let byte = bytes[at]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return at + 1
            } else if byte == UInt8(ascii: "<") {
                // What began was no tag: text with a bare `<`.
                return at
            }
            at += 1
        }
        return at
    }

    private static func isTag(_ name: String, _ tag: ArraySlice<UInt8>) -> Bool {
        guard tag.starts(with: name.utf8), let next = tag.dropFirst(name.utf8.count).first else {
            return false
        }
        return next <= 32 || next == UInt8(ascii: ">") || next == UInt8(ascii: "/")
    }

    private static func attributes(of tag: ArraySlice<UInt8>) -> [String: String] {
        var found: [String: String] = [:]
        var rest = tag.drop { $0 > 32 }
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let key = String(decoding: rest[..<equals], as: UTF8.self).filter { !$0.isWhitespace }
            let value = rest[(equals + 1)...].drop { $0 <= 32 }
            guard let quote = value.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let close = value.dropFirst().firstIndex(of: quote)
            else { break }
            found[key] = unescaped(
                String(decoding: value[(value.startIndex + 1)..<close].prefix(4096), as: UTF8.self))
            rest = value[(close + 1)...]
        }
        return found
    }

    private static let entities = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]

    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var out = ""
        var rest = Substring(text)
        while let mark = rest.firstIndex(of: "&") {
            out += rest[..<mark]
            rest = rest[mark...]
            guard let end = rest.prefix(12).firstIndex(of: ";") else {
                out += "&"
                rest = rest.dropFirst()
                continue
            }
            let name = rest[rest.index(after: mark)..<end]
            var scalar: Unicode.Scalar?
            if name.hasPrefix("#x") || name.hasPrefix("#X") {
                scalar = UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
            } else if name.hasPrefix("#") {
                scalar = UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init)
            }
            out += scalar.map { String($0) } ?? entities[String(name)] ?? String(rest[...end])
            rest = rest[rest.index(after: end)...]
        }
        return out + rest
    }

    private static func starts(_ text: String, in bytes: [UInt8], at start: Int) -> Bool {
        bytes[start...].starts(with: text.utf8)
    }

    private static func find(_ text: String, in bytes: [UInt8], from start: Int) -> Int? {
        let wanted = Array(text.utf8)
        var at = start
        while let next = bytes[at...].firstIndex(of: wanted[0]) {
            if bytes[next...].starts(with: wanted) { return next }
            at = next + 1
        }
        return nil
    }
}
