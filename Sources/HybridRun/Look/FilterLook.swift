internal import HybridGit
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Which drivers of the attribute `filter` the user has.
struct FilterLook: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The drivers among settings in effect, no worker at work; `base` is the commit that workers begin from.
    func known(in settings: [String: String], at base: ObjectID) throws -> [String: KnownFilter] {
        let environment = WorkerEnvironment.cleaned(host.environment)
        let drivers = FilterSettings.drivers(in: settings)
        if drivers.isEmpty { return [:] }
        var own: [String: String] = [:]
        for setting in try UserConfiguration(environment: environment, in: repository).settings {
            own[setting.name] = setting.text
        }
        let usersOwn = FilterSettings.drivers(in: own)
        let isLocal = drivers.contains { usersOwn[$0.key] != $0.value }
        // Only a repository with drivers of its own has its attributes read.
        let named =
            try isLocal
            ? Set(repository.filteredFiles(in: repository.commit(base).tree).compactMap(\.use.driver)) : []
        return drivers.reduce(into: [:]) { known, driver in
            known[driver.key] = KnownFilter(
                values: driver.value,
                isInUse: usersOwn[driver.key] == driver.value || named.contains(driver.key))
        }
    }

    /// Notes the drivers once a set-up was done, or somebody accepted what was changed: they are the user's then.
    func note(_ run: inout RunRecord) throws {
        // Asked anew: what is known of settings may be older.
        let settings = try UserGit.settings(
            in: world.home, environment: WorkerEnvironment.cleaned(host.environment))
        let now = try known(in: settings, at: run.start)
        guard run.filters != now else { return }
        run.filters = now
        try runs.note(run)
        try runs.writeRecord(run.id)
    }
}
