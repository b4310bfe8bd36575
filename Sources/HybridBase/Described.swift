/// A value that the program prints as JSON: one description gives what is printed and what the schema says of it.
///
/// The type of a field in the schema is that of the Swift value that is read for it, so that neither can be changed
/// without the other.
package protocol Described: SendableMetatype {
    /// The value as it is printed.
    var jsonValue: JSONValue { get }
    /// What the schema says of all such values.
    static var schema: Schema { get }
}

/// A word out of few: the schema lists the enum's cases.
package protocol DescribedWord: Described, CaseIterable, RawRepresentable where RawValue == String {}

extension DescribedWord {
    package var jsonValue: JSONValue { .string(rawValue) }
    package static var schema: Schema { .word(allCases.map(\.rawValue)) }
}

/// A value that is printed in the form of another.
package protocol DescribedAs: Described {
    associatedtype Form: Described
    /// The form in which it is printed.
    var form: Form { get }
}

extension DescribedAs {
    package var jsonValue: JSONValue { form.jsonValue }
    package static var schema: Schema { Form.schema }
}

/// An object with these fields and no others, in this order.
package protocol DescribedObject: Described {
    static var jsonFields: [Field<Self>] { get }
}

extension DescribedObject {
    package var jsonValue: JSONValue { .object(pairs) }
    package static var schema: Schema { .object(jsonFields.map(\.described)) }

    fileprivate var pairs: [(String, JSONValue)] {
        Self.jsonFields.compactMap { field in field.read(self).map { (field.name, $0) } }
    }
}

/// An object whose schema is published under a name.
package protocol Published: DescribedObject {
    /// The name that `hybrid schema` knows.
    static var schemaName: String { get }
    /// Which commands print it, or read it, in a line.
    static var schemaUse: String { get }
}

/// What a command prints with `--json`: its first field tells the version of its form.
package protocol Answer: Published {}

extension Answer {
    package var jsonValue: JSONValue { .object([("schema", .int(1))] + pairs) }
    package static var schema: Schema {
        let version = Schema.integer.meaning("The version of this form; fields are only ever added to it.")
        return .object([(name: "schema", schema: version, isAlways: true)] + jsonFields.map(\.described))
    }
}

/// One field of an object: its name, its meaning, and how it is read from the value.
package struct Field<Owner>: Sendable {
    fileprivate let name: String
    private let meaning: String
    private let isAlways: Bool
    private let schema: @Sendable () -> Schema
    fileprivate let read: @Sendable (Owner) -> JSONValue?

    /// A field that is always there, null for nil.
    package init<Value: Described>(
        _ name: String, _ meaning: String, _ read: @escaping @Sendable (Owner) -> Value
    ) {
        self.init(name, meaning, isAlways: true, { Value.schema }, { read($0).jsonValue })
    }

    /// A field that is left out for nil.
    package static func ifAny<Value: Described>(
        _ name: String, _ meaning: String, _ read: @escaping @Sendable (Owner) -> Value?
    ) -> Field {
        Field(name, meaning, isAlways: false, { Value.schema }, { read($0)?.jsonValue })
    }

    private init(
        _ name: String, _ meaning: String, isAlways: Bool, _ schema: @escaping @Sendable () -> Schema,
        _ read: @escaping @Sendable (Owner) -> JSONValue?
    ) {
        self.name = name
        self.meaning = meaning
        self.isAlways = isAlways
        self.schema = schema
        self.read = read
    }

    /// The same field in an object that holds this one's value.
    package func of<Whole>(_ part: @escaping @Sendable (Whole) -> Owner) -> Field<Whole> {
        let read = read
        return Field<Whole>(name, meaning, isAlways: isAlways, schema) { read(part($0)) }
    }

    fileprivate var described: (name: String, schema: Schema, isAlways: Bool) {
        (name, schema().meaning(meaning), isAlways)
    }
}

// MARK: Values that need no description of their own

extension String: Described {
    package var jsonValue: JSONValue { .string(self) }
    package static var schema: Schema { .string }
}

extension Int: Described {
    package var jsonValue: JSONValue { .int(self) }
    package static var schema: Schema { .integer }
}

extension Double: Described {
    package var jsonValue: JSONValue { .double(self) }
    package static var schema: Schema { .number }
}

extension Bool: Described {
    package var jsonValue: JSONValue { .bool(self) }
    package static var schema: Schema { .boolean }
}

extension Optional: Described where Wrapped: Described {
    package var jsonValue: JSONValue { self?.jsonValue ?? .null }
    package static var schema: Schema { Wrapped.schema.orNull }
}

extension Array: Described where Element: Described {
    package var jsonValue: JSONValue { .array(map(\.jsonValue)) }
    package static var schema: Schema { .list(Element.schema) }
}

/// A value of one kind or of another.
package enum Either<One: Described, Other: Described>: Described {
    case one(One)
    case other(Other)

    /// The first where there is one, else the other.
    package init(_ one: One?, or other: @autoclosure () -> Other) {
        self = one.map { .one($0) } ?? .other(other())
    }

    package var jsonValue: JSONValue {
        switch self {
        case .one(let value): value.jsonValue
        case .other(let value): value.jsonValue
        }
    }

    package static var schema: Schema { .either([One.schema, Other.schema]) }
}

/// Values by words of an enum, in this order; a word without a value is left out.
package struct ByWord<Word: DescribedWord, Value: Described>: Described {
    private let pairs: [(Word, Value)]

    package init(_ pairs: [(Word, Value)]) {
        self.pairs = pairs
    }

    package var jsonValue: JSONValue { .object(pairs.map { ($0.rawValue, $1.jsonValue) }) }
    package static var schema: Schema {
        .object(Word.allCases.map { (name: $0.rawValue, schema: Value.schema, isAlways: false) })
    }
}

/// A field that is there and says nothing.
package struct Nothing: Described {
    package init() {}

    package var jsonValue: JSONValue { .null }
    package static var schema: Schema { .null }
}
