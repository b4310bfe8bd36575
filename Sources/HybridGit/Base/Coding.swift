extension ObjectID: Codable {
    /// Reads 40 hexadecimal digits; throws `DecodingError` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ObjectID(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is no commit id")
        }
        self = id
    }

    /// Writes 40 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension BranchName: Codable {
    /// Reads a name below `refs/heads/`; throws `DecodingError` for what git refuses, and what is not safe.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            self = try BranchName(text)
        } catch {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a branch's name: \(error.reason)")
        }
    }

    /// Writes the name below `refs/heads/`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
