internal import HybridBase
internal import HybridGit
internal import HybridRecords
internal import HybridSystem

/// What git reads of the user's own in every repository: whoever changes it rules over all of them.
struct UserLook: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The user's configuration as it is now, with what it includes, and the files that it names.
    func state() throws -> SharedState.UserState {
        var state = SharedState.UserState()
        for file in try UserConfiguration.files(host.environment) {
            state.settings[file] = [:]
            for setting in try repository.settings(inFile: file) {
                state.settings[file, default: [:]][setting.name, default: []].append(setting.text)
                if setting.isIncluded { state.included[file, default: []].insert(setting.name) }
            }
        }
        let ignoring = [try repository.excludesFile(environment: host.environment)].compactMap { $0 }
        for file in try ignoring + repository.attributeFiles() {
            // Kept with other settings often, and only linked to.
            let place = Files.real(file) ?? file
            if ignoring.contains(file) { state.ignoring.insert(place) }
            state.files[place] = try FileMark.read(place)
        }
        return state
    }
}
