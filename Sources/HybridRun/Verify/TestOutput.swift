internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Reads which tests failed from what a verify command printed.
///
/// Understood are TAP, JUnit's XML, Swift Testing, XCTest, pytest, Python's unittest, `go test` (also with `-json`) and
/// `cargo test`. Output is what a program says of itself: names go into reports and narrow a search, and no verdict
/// depends on them.
public enum TestOutput {
    /// The most names that are kept of one output.
    public static let limit = 200

    /// The names of the tests that failed, safe for display, in the order in which they come, each once.
    ///
    /// Grows with the output; lines beyond 4 KiB are cut, and of lines that may name a test the first 20 000 are read.
    public static func failing(in output: [UInt8]) -> [String] {
        var names = Names()
        var reader = LineReader()
        var left = 20_000
        for line in output.split(separator: UInt8(ascii: "\n")) {
            guard !names.isFull, left > 0 else { break }
            // Cheap, as an output may have a hundred thousand lines and only some are about failures.
            guard mayMatter(line) else { continue }
            left -= 1
            let text = neutraliseLines(String(decoding: line.prefix(4096), as: UTF8.self))
            reader.take(text, &names)
        }
        reader.finish(&names)
        for name in JUnit.failing(in: output) { names.add(name) }
        return names.all
    }

    /// Names without repetition, up to the limit.
    struct Names {
        private(set) var all: [String] = []
        private var known: Set<String> = []

        var isFull: Bool { all.count >= TestOutput.limit }

        mutating func add(_ name: some StringProtocol) {
            let shown = neutralise(MarkdownText.trimmed(String(name)))
            guard !shown.isEmpty, !isFull, known.insert(shown).inserted else { return }
            all.append(shown)
        }
    }

    private static let words: [[UInt8]] = [
        "FAIL", "ERROR", " failed ", "' failed (", "\"fail\"", "not ok", " stdout ----",
    ].map { Array($0.utf8) }
    private static let firsts = Set(words.map { $0[0] })

    private static func mayMatter(_ line: ArraySlice<UInt8>) -> Bool {
        if line.starts(with: "ok ".utf8) { return true }
        for at in line.indices where firsts.contains(line[at]) {
            let rest = line[at...]
            if words.contains(where: rest.starts(with:)) { return true }
        }
        return false
    }
}

/// Takes lines of a test runner's output, one after the other.
private struct LineReader {
    /// Names of a Go package whose own line is still to come.
    private var pending: [String] = []
    /// Go packages in which a test was named.
    private var named: Set<String> = []

    mutating func take(_ line: String, _ names: inout TestOutput.Names) {
        let text = MarkdownText.trimmed(line)
        if text.hasPrefix("{") {
            goEvent(text, &names)
        } else if !tap(text, &names), !go(line, text, &names), !rust(text, &names), !python(text, &names) {
            swift(text, &names)
        }
    }

    /// What a Go test binary that was run without `go test` named: no package's line follows.
    mutating func finish(_ names: inout TestOutput.Names) {
        for name in pending { names.add(name) }
    }

    // MARK: TAP

    /// `not ok 3 - name`; a directive TODO or SKIP makes it no failure (testanything.org, version 14).
    private func tap(_ text: String, _ names: inout TestOutput.Names) -> Bool {
        guard text.hasPrefix("not ok"), text.dropFirst(6).first.map({ $0 == " " }) ?? true else {
            return false
        }
        var rest = MarkdownText.trimmed(String(text.dropFirst(6)))
        let number = rest.prefix { $0.isASCII && $0.isNumber }
        rest = MarkdownText.trimmed(String(rest.dropFirst(number.count)))
        if let hash = rest.firstRange(of: "# ") ?? rest.firstRange(of: "#") {
            let directive = rest[hash.upperBound...].lowercased()
            if directive.hasPrefix("todo") || directive.hasPrefix("skip") { return true }
        }
        if rest.hasPrefix("- ") { rest = String(rest.dropFirst(2)) }
        names.add(rest.isEmpty ? "test \(number)" : rest)
        return true
    }

    // MARK: Go

    /// `--- FAIL: TestX (0.00s)`, indented for subtests, and behind a package's tests its own line.
    private mutating func go(_ line: String, _ text: String, _ names: inout TestOutput.Names) -> Bool {
        if text.hasPrefix("--- FAIL: ") {
            let name = text.dropFirst(10).prefix { $0 != " " }
            if !name.isEmpty { pending.append(String(name)) }
            return true
        }
        let words = line.split(separator: " ")
        guard let first = words.first, first == "FAIL" || first == "ok", line.hasPrefix(first),
            words.count > 1,
            line.dropFirst(first.count).hasPrefix(first == "ok" ? " " : "    ")
        else { return false }
        let package = String(words[1])
        guard !pending.isEmpty || first == "FAIL" else { return false }
        for name in pending { names.add("\(package).\(name)") }
        if pending.isEmpty {
            names.add(words.count > 2 && words[2].hasPrefix("[") ? "\(package) [build failed]" : package)
        }
        pending = []
        return true
    }

    private struct GoEvent: Decodable {
        var action: String
        var package: String?
        var test: String?
        enum CodingKeys: String, CodingKey {
            case action = "Action"
            case package = "Package"
            case test = "Test"
        }
    }

    private mutating func goEvent(_ text: String, _ names: inout TestOutput.Names) {
        guard text.contains("\"Action\":\"fail\"") else { return }
        let event: GoEvent
        do {
            event = try JSONDecoder().decode(GoEvent.self, from: Data(text.utf8))
        } catch {
            // A line that only looks like an event of `go test -json`.
            return
        }
        guard event.action == "fail", let package = event.package else { return }
        if let test = event.test {
            named.insert(package)
            names.add("\(package).\(test)")
        } else if !named.contains(package) {
            names.add(package)
        }
    }

    // MARK: Python

    /// pytest's `FAILED path::test - why` and `path::test FAILED [ 50%]`, unittest's `FAIL: test_x (module.Class.test_x)`.
    private func python(_ text: String, _ names: inout TestOutput.Names) -> Bool {
        for word in ["FAILED ", "ERROR "] where text.hasPrefix(word) {
            let rest = String(text.dropFirst(word.count))
            guard rest.contains("::") || rest.contains(".py") else { return false }
            names.add(Self.withoutReason(rest))
            return true
        }
        // A subtest: `SUBFAILED(i=0) path::test - why`.
        if text.hasPrefix("SUBFAIL"), let colons = text.firstRange(of: "::"),
            let space = text[..<colons.lowerBound].lastIndex(of: " ")
        {
            names.add(Self.withoutReason(String(text[text.index(after: space)...])))
            return true
        }
        for word in ["FAIL: ", "ERROR: "] where text.hasPrefix(word) {
            guard let name = Self.unittest(String(text.dropFirst(word.count))) else { return false }
            names.add(name)
            return true
        }
        if text.contains("::") {
            for word in [" FAILED", " ERROR"] {
                guard let range = text.ranges(of: word).last else { continue }
                let rest = text[range.upperBound...]
                if rest.isEmpty || MarkdownText.trimmed(String(rest)).hasPrefix("[") {
                    names.add(text[..<range.lowerBound])
                    return true
                }
                // pytest-xdist: `[gw0] [ 50%] FAILED path::test`.
                if text.hasPrefix("[gw"), rest.hasPrefix(" ") {
                    names.add(rest)
                    return true
                }
            }
        }
        return false
    }

    /// A node id up to the ` - ` in front of the reason; within the brackets of parameters it is part of the name.
    private static func withoutReason(_ text: String) -> String {
        var depth = 0
        var at = text.startIndex
        while at < text.endIndex {
            switch text[at] {
            case "[": depth += 1
            case "]": depth -= 1
            case " " where depth <= 0 && text[at...].hasPrefix(" - "): return String(text[..<at])
            default: break
            }
            at = text.index(after: at)
        }
        // A bracket that never closes belongs to no parameters.
        return depth > 0 ? text.firstRange(of: " - ").map { String(text[..<$0.lowerBound]) } ?? text : text
    }

    /// `test_x (module.Class.test_x)`, before Python 3.11 `test_x (module.Class)`, with a subtest's parameters behind.
    private static func unittest(_ text: String) -> String? {
        guard let open = text.firstRange(of: " ("), let close = text[open.upperBound...].firstIndex(of: ")")
        else { return nil }
        let method = text[..<open.lowerBound]
        let place = text[open.upperBound..<close]
        guard !method.isEmpty, !method.contains(" "), !place.isEmpty, !place.contains(" ") else { return nil }
        let rest = MarkdownText.trimmed(String(text[text.index(after: close)...]))
        let name = place.hasSuffix(".\(method)") ? String(place) : "\(place).\(method)"
        return rest.isEmpty ? name : "\(name) \(rest)"
    }

    // MARK: Rust

    /// `test module::name ... FAILED`, and `---- module::name stdout ----` in front of what it printed.
    private func rust(_ text: String, _ names: inout TestOutput.Names) -> Bool {
        if text.hasPrefix("test "), text.hasSuffix(" ... FAILED") {
            var name = text.dropFirst(5).dropLast(11)
            // What is expected of it is no part of its name.
            if name.hasSuffix(" - should panic") { name = name.dropLast(15) }
            names.add(name)
            return true
        }
        if text.hasPrefix("---- "), text.hasSuffix(" stdout ----") {
            names.add(text.dropFirst(5).dropLast(12))
            return true
        }
        return false
    }

    // MARK: Swift

    /// Swift Testing's `✘ Test name() failed after 0.001 seconds with 1 issue.`, with whichever mark, and XCTest's
    /// `Test Case 'Class.test' failed (0.01 seconds)`.
    private func swift(_ text: String, _ names: inout TestOutput.Names) {
        if text.hasPrefix("Test Case '"), let end = text.firstRange(of: "' failed (") {
            var name = text[..<end.lowerBound].dropFirst(11)
            if name.hasPrefix("-["), name.hasSuffix("]") { name = name.dropFirst(2).dropLast() }
            names.add(name)
            return
        }
        var rest = Substring(text)
        // The mark in front is one symbol, which depends on the platform.
        if let mark = rest.first, !mark.isLetter, let space = rest.firstIndex(of: " ") {
            rest = rest[rest.index(after: space)...].drop { $0 == " " }
        }
        guard rest.hasPrefix("Test "), let end = rest.ranges(of: " failed after ").last else { return }
        guard rest[end.upperBound...].contains(" second") else { return }
        var name = rest[..<end.lowerBound].dropFirst(5)
        if name.hasPrefix("run with ") || name.hasPrefix("case passing ") { return }
        if name.hasSuffix(" test cases") || name.hasSuffix(" test case"),
            let with = name.ranges(of: " with ").last
        {
            name = name[..<with.lowerBound]
        }
        if name.count > 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
        names.add(name)
    }
}
