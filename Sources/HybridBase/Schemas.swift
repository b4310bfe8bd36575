/// The published JSON Schemas (2020-12): the words that they are put together from.
public enum Schemas {
    package static let string = JSONValue.object([("type", .string("string"))])
    package static let integer = JSONValue.object([("type", .string("integer"))])
    package static let number = JSONValue.object([("type", .string("number"))])
    package static let boolean = JSONValue.object([("type", .string("boolean"))])
    package static let maybeString = JSONValue.object([("type", .strings(["string", "null"]))])
    package static let maybeBoolean = JSONValue.object([("type", .strings(["boolean", "null"]))])
    package static let maybeInteger = JSONValue.object([("type", .strings(["integer", "null"]))])
    package static let maybeNumber = JSONValue.object([("type", .strings(["number", "null"]))])
    package static let strings = list(string)

    package static func list(_ item: JSONValue) -> JSONValue {
        .object([("type", .string("array")), ("items", item)])
    }

    /// An object that holds these fields and no others: what a program reads must be known.
    package static func object(
        _ properties: [(String, JSONValue)], required: [String] = []
    ) -> [(String, JSONValue)] {
        var out: [(String, JSONValue)] = [("type", .string("object")), ("properties", .object(properties))]
        if !required.isEmpty { out.append(("required", .strings(required))) }
        out.append(("additionalProperties", .bool(false)))
        return out
    }
}
