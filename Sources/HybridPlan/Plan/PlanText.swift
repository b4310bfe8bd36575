internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import Yams

extension Plan {
    /// The plan as JSON; reading it back gives the same model.
    public func json() throws -> String { jsonValue.text() + "\n" }

    /// The plan as YAML; reading it back gives the same model.
    public func yaml() throws -> String {
        try Yams.serialize(node: Plan.node(jsonValue), width: -1, allowUnicode: true, sortKeys: false)
    }

    private static func node(_ value: JSONValue) -> Node {
        switch value {
        case .object(let pairs):
            Node.mapping(.init(pairs.map { (Node.scalar(.init($0.0)), node($0.1)) }))
        case .array(let items): Node.sequence(.init(items.map(node)))
        // Quoted, so that no reader takes a text for a number, a date or a truth value.
        case .string(let text): Node.scalar(.init(text, Tag(.str), .doubleQuoted))
        case .int(let number): Node.scalar(.init(String(number)))
        case .double(let number): Node.scalar(.init("\(number)"))
        case .bool(let flag): Node.scalar(.init(flag ? "true" : "false"))
        case .null: Node.scalar(.init("null"))
        }
    }
}
