internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The configuration that counts in a repository, as libgit2 puts it together: the system's, the user's, its own.
///
/// Files are looked at again each time, and read again where they changed.
struct PlainSettings {
    /// What is known of a setting.
    enum Answer {
        case unset
        case value([UInt8])
        /// libgit2 has to be asked.
        case unknown
    }

    private let files: [String]
    private var read: [(stamp: FileStamp?, lines: [PlainConfiguration.Line])?]

    /// Nil where the environment says in an unusual way where the user's files are.
    init?(_ common: String) {
        guard let user = Self.user else { return nil }
        files = user.files + [common + "config"]
        read = files.map { _ in nil }
    }

    /// Where libgit2 looks for configuration outside of repositories, the weakest first, and for files of attributes.
    ///
    /// Nil where more decides than two variables.
    static let user: (files: [String], system: String, folder: String)? = {
        func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        guard getuid() == geteuid(), let home = value("HOME"), home.hasPrefix("/"),
            value("XDG_CONFIG_HOME").map({ $0.hasPrefix("/") }) != false
        else { return nil }
        let folder = (value("XDG_CONFIG_HOME") ?? home + "/.config") + "/git"
        return (["/etc/gitconfig", folder + "/config", home + "/.gitconfig"], "/etc", folder)
    }()

    /// All lines of all files, the weakest first; nil where one has to be read by libgit2.
    mutating func lines() -> [PlainConfiguration.Line]? {
        var all: [PlainConfiguration.Line] = []
        for place in files.indices {
            guard let lines = lines(ofFile: place) else { return nil }
            all += lines
        }
        return all
    }

    private mutating func lines(ofFile place: Int) -> [PlainConfiguration.Line]? {
        var found = stat()
        let isThere = stat(files[place], &found) == 0
        // libgit2 says what is wrong with a file that cannot be looked at.
        if !isThere, errno != ENOENT { return nil }
        let stamp = isThere ? FileStamp(found) : nil
        if let known = read[place], known.stamp == stamp { return known.lines }
        let bytes: [UInt8]
        if isThere {
            guard let all = (try? Disk.bytes(files[place])) ?? nil else { return nil }
            bytes = all
        } else {
            bytes = []
        }
        guard let lines = PlainConfiguration(bytes)?.lines else { return nil }
        read[place] = (stamp, lines)
        return lines
    }

    /// The last value of a setting such as `merge.conflictstyle`, without a subsection.
    mutating func value(_ name: String) -> Answer {
        let name = name.lowercased()
        let parts = name.parts(at: ".")
        guard parts.count == 2, let lines = lines() else { return .unknown }
        let found = lines.last { $0.subsection == nil && $0.key == parts[1] && $0.section == parts[0] }
        guard let found else { return .unset }
        return found.value.map { .value($0) } ?? .unknown
    }
}
