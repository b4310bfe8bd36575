/// A user's command: an argv array, or an explicit shell string that the user wrote.
public enum Command: Hashable, Sendable {
    /// Run by `/bin/sh -c`.
    case shell(String)
    /// Run directly, no shell.
    case argv([String])

    /// The command as a person would type it, for display.
    public var display: String {
        switch self {
        case .shell(let text): text
        case .argv(let words): words.joined(separator: " ")
        }
    }

    /// An argument vector as ``display`` shows the command that it runs.
    package static func shown(_ arguments: [String]) -> String {
        if arguments.count == 3, arguments[..<2] == ["/bin/sh", "-c"] { return arguments[2] }
        return arguments.joined(separator: " ")
    }

    /// The argument vector that runs it.
    public var arguments: [String] {
        switch self {
        case .shell(let text): ["/bin/sh", "-c", text]
        case .argv(let words): words
        }
    }
}
