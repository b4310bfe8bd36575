/// What a JSON Schema (2020-12) says of one kind of value.
package struct Schema: Sendable {
    private var rules: [(String, JSONValue)]

    private init(type: String, _ more: [(String, JSONValue)] = []) {
        rules = [("type", .string(type))] + more
    }

    private init(_ rules: [(String, JSONValue)]) {
        self.rules = rules
    }

    package static let string = Schema(type: "string")
    package static let integer = Schema(type: "integer")
    package static let number = Schema(type: "number")
    package static let boolean = Schema(type: "boolean")
    package static let null = Schema(type: "null")

    /// One of these words.
    package static func word(_ words: [String]) -> Schema {
        Schema(type: "string", [("enum", .strings(words))])
    }

    /// A list of such values.
    package static func list(_ item: Schema) -> Schema {
        Schema(type: "array", [("items", item.json)])
    }

    /// An object that holds these fields and no others: what a program reads must be known.
    package static func object(_ fields: [(name: String, schema: Schema, isAlways: Bool)]) -> Schema {
        let always = fields.filter(\.isAlways).map(\.name)
        return Schema(
            type: "object",
            [("properties", .object(fields.map { ($0.name, $0.schema.json) }))]
                + (always.isEmpty ? [] : [("required", .strings(always))])
                + [("additionalProperties", .bool(false))])
    }

    /// Exactly one of several kinds.
    package static func either(_ choices: [Schema]) -> Schema {
        Schema([("oneOf", .array(choices.map(\.json)))])
    }

    /// Such a value, or null.
    package var orNull: Schema {
        guard case .string(let type)? = rules.first(where: { $0.0 == "type" })?.1 else {
            return .either([self, .null])
        }
        return Schema(
            rules.map { name, rule in
                switch (name, rule) {
                case ("type", _): (name, .strings([type, "null"]))
                case ("enum", .array(let words)): (name, .array(words + [.null]))
                default: (name, rule)
                }
            })
    }

    /// The same, with what it means in words.
    package func meaning(_ words: String) -> Schema {
        Schema([("description", .string(words))] + rules)
    }

    /// The schema as a part of another.
    package var json: JSONValue { .object(rules) }

    /// The schema as a file of its own.
    package func file(_ name: String) -> JSONValue {
        .object(
            [
                ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                ("title", .string(name)),
            ] + rules)
    }
}
