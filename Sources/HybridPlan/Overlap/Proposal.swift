extension CheckReport {
    /// A change of the plan that takes an overlap away.
    public struct Proposal: Hashable, Sendable {
        /// What kind of change.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// One of the two jobs waits for the other.
            case waves
            /// One claim lets go of what the other names.
            case narrow
            /// The two claim parts of the file.
            case section
            /// The orchestrator does it.
            case orchestrator
        }

        /// What kind of change.
        public var kind: Kind
        /// The change in words.
        public var text: String
        /// The two jobs of the overlap.
        public var jobs: [String]
        /// The path of the overlap.
        public var path: String
        /// The jobs whose claims change.
        public var claims: [Change]
        /// The waves of the plan, by jobs' names, where they are what changes.
        public var waves: [[String]]
        /// Sections of the file that keep apart from each other, as a plan writes them, where the jobs could claim those.
        public var sections: [String]

        /// What a job claims after the change.
        public struct Change: Hashable, Sendable {
            /// The job's name.
            public var job: String
            /// All its claims, in order.
            public var files: [Claim]

            package init(job: String, files: [Claim]) {
                self.job = job
                self.files = files
            }
        }

        package init(
            _ kind: Kind, _ overlap: Overlap, _ text: String, claims: [Change] = [], waves: [[String]] = [],
            sections: [String] = []
        ) {
            self.sections = sections
            self.kind = kind
            self.text = text
            jobs = overlap.jobs
            path = overlap.path
            self.claims = claims
            self.waves = waves
        }
    }
}
