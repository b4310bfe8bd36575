import Foundation

/// Holds an answer against a published schema: the words of JSON Schema 2020-12 that hybrid's schemas use, and no others.
public enum SchemaCheck {
    /// What of the answer the schema does not allow, each with its place; none where all of it is.
    public static func problems(_ answer: String, schema: String) throws -> [String] {
        let decoder = JSONDecoder()
        return check(
            try decoder.decode(JSON.self, from: Data(answer.utf8)),
            try decoder.decode(JSON.self, from: Data(schema.utf8)), "answer")
    }

    private static let known: Set<String> = [
        "$schema", "title", "description", "type", "enum", "properties", "required", "additionalProperties",
        "items", "oneOf",
    ]

    private static func check(_ value: JSON, _ rules: JSON, _ place: String) -> [String] {
        let unknown = rules.fields.keys.filter { !known.contains($0) }.sorted()
        if !unknown.isEmpty { return ["\(place): this check does not know \(unknown)"] }
        if let choices = rules.fields["oneOf"]?.items {
            let tried = choices.map { check(value, $0, place) }
            let fitting = tried.filter(\.isEmpty).count
            return fitting == 1
                ? [] : ["\(place): \(fitting) of \(choices.count) forms fit"] + tried.flatMap { $0 }
        }
        if let wanted = rules.fields["type"] {
            let types = wanted.items.isEmpty ? [wanted.text] : wanted.items.map(\.text)
            if !types.contains(value.type), !(value.type == "integer" && types.contains("number")) {
                return ["\(place): \(value.type) where \(types) is wanted"]
            }
        }
        if let choices = rules.fields["enum"]?.items.map(\.text), !choices.contains(value.text) {
            return ["\(place): \(value.text) is none of \(choices)"]
        }
        if let rule = rules.fields["items"] {
            return value.items.enumerated().flatMap { check($1, rule, "\(place)[\($0)]") }
        }
        guard case .object(let fields) = value, !rules.fields.isEmpty else { return [] }
        let missing = (rules.fields["required"]?.items.map(\.text) ?? []).filter { fields[$0] == nil }
        return missing.map { "\(place).\($0): it is not there" }
            + fields.sorted { $0.key < $1.key }.flatMap { name, field -> [String] in
                if let rule = rules.fields["properties"]?.fields[name] {
                    return check(field, rule, "\(place).\(name)")
                }
                guard let rule = rules.fields["additionalProperties"], case .object = rule else {
                    // An object that allows anything is no description.
                    return ["\(place).\(name): the schema does not know it"]
                }
                return check(field, rule, "\(place).\(name)")
            }
    }

    private enum JSON: Decodable {
        case null
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case array([JSON])
        case object([String: JSON])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let known = try? value.decode(Bool.self) {
                self = .bool(known)
            } else if let known = try? value.decode(Int.self) {
                self = .integer(known)
            } else if let known = try? value.decode(Double.self) {
                self = .number(known)
            } else if let known = try? value.decode(String.self) {
                self = .string(known)
            } else if let known = try? value.decode([JSON].self) {
                self = .array(known)
            } else {
                self = .object(try value.decode([String: JSON].self))
            }
        }

        var type: String {
            switch self {
            case .null: "null"
            case .bool: "boolean"
            case .integer: "integer"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        }

        var fields: [String: JSON] {
            if case .object(let fields) = self { return fields }
            return [:]
        }

        var items: [JSON] {
            if case .array(let items) = self { return items }
            return []
        }

        var text: String {
            if case .string(let text) = self { return text }
            return ""
        }
    }
}
