package import HybridBase
internal import HybridGit
internal import HybridMerging
internal import Yams

/// A value of a YAML or JSON plan with the line it stands on.
package struct PlanNode {
    /// What stands there.
    package indirect enum Kind {
        case nothing
        case scalar(String)
        case list([PlanNode])
        case fields([(key: PlanNode, value: PlanNode)])
    }

    package var kind: Kind
    package var line: Int

    package var scalar: String? { if case .scalar(let text) = kind { text } else { nil } }
    package var list: [PlanNode]? { if case .list(let items) = kind { items } else { nil } }

    /// The most values that a plan holds; aliases of aliases would make any number of them.
    static let mostValues = 500_000

    /// Reads YAML; throws with line and column, nil for an empty document.
    package static func yaml(_ text: String, file: String) throws -> PlanNode? {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw yamlError(error, file)
        }
        var left = mostValues
        return try root.map { try PlanNode($0, file: file, left: &left) }
    }

    /// Reads JSON; throws with line and column.
    package static func json(_ text: String, file: String) throws(HybridError) -> PlanNode {
        let bytes = Array(text.utf8)
        let root = try JSONSpan.read(bytes, file: file)
        return PlanNode(root, bytes: bytes, ends: bytes.indices.filter { bytes[$0] == 10 })
    }

    private init(kind: Kind, line: Int) {
        self.kind = kind
        self.line = line
    }

    private init(_ node: Node, file: String, left: inout Int) throws {
        line = node.mark?.line ?? 1
        left -= 1
        guard left > 0 else {
            throw HybridError(
                .planInvalid, "\(file):\(line)", "the plan holds more than \(Self.mostValues) values",
                next: "split it")
        }
        switch node {
        case .scalar(let scalar):
            // YAML's spellings of nothing, unless they are quoted.
            let isNothing =
                scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            kind = isNothing ? .nothing : .scalar(scalar.string)
        case .sequence(let items):
            kind = .list(try items.map { try PlanNode($0, file: file, left: &left) })
        case .mapping(let pairs):
            kind = .fields(
                try pairs.map { key, value in
                    (try PlanNode(key, file: file, left: &left), try PlanNode(value, file: file, left: &left))
                })
        case .alias: kind = .nothing
        }
    }

    private init(_ span: JSONSpan, bytes: [UInt8], ends: [Int]) {
        line = Self.line(of: span.range.lowerBound, ends)
        switch span.kind {
        case .string(let text): kind = .scalar(text)
        case .other:
            let word = String(decoding: bytes[span.range], as: UTF8.self)
            kind = word == "null" ? .nothing : .scalar(word)
        case .array(let items): kind = .list(items.map { PlanNode($0, bytes: bytes, ends: ends) })
        case .object(let pairs):
            kind = .fields(
                pairs.map { pair in
                    let value = PlanNode(pair.value, bytes: bytes, ends: ends)
                    return (PlanNode(kind: .scalar(pair.key), line: value.line), value)
                })
        }
    }

    /// The line of an offset, from 1, by binary search among the line ends.
    private static func line(of offset: Int, _ ends: [Int]) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low + 1
    }

    private static func yamlError(_ error: YamlError, _ file: String) -> HybridError {
        let next = "mend the file, or convert a plan that works: hybrid plan convert"
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return HybridError(
                .planInvalid, "\(file):\(mark.line):\(mark.column)", neutralise(problem), next: next)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "\($0)" }.joined(separator: ", ")
            return HybridError(
                .planInvalid, "\(file):\(context.mark.line)", "a field is there twice: \(shortened(names))",
                next: next)
        default:
            return HybridError(
                .planInvalid, file, neutralise("\(error)".split(separator: "\n").joined(separator: " ")),
                next: next)
        }
    }
}
