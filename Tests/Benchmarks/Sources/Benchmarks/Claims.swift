import Foundation

/// A repository with a working tree, and plans for it.
private struct Base {
    let workshop: Workshop
    let files: Int
    let repository: String

    static func path(_ file: Int) -> String { "src/p\(file % 100)/d\(file / 100 % 10)/f\(file).txt" }

    init(_ workshop: Workshop, files: Int) throws {
        self.workshop = workshop
        self.files = files
        let bare = try workshop.repository("base") { stream in
            _ = try stream.commit("main")
            for file in 0..<files {
                try stream.file(Self.path(file), Array("text \(file)\n".utf8))
            }
        }
        repository = workshop.place("clone")
        try workshop.git(["clone", "-q", bare, repository], in: workshop.folder)
        for (key, value) in [("user.name", "A"), ("user.email", "a@example.com")] {
            try workshop.git(["config", key, value], in: repository)
        }
    }

    /// Writes a plan of jobs that keep apart, and gives its path.
    func plan(_ jobs: [[String]]) throws -> String {
        let all: [String: Any] = [
            "task": ["name": "T"], "verify": "true", "target": "main",
            "jobs": jobs.enumerated().map { ["name": "J\($0)", "files": $1, "command": "true"] },
        ]
        let place = workshop.place("plan.json")
        try JSONSerialization.data(withJSONObject: all).write(to: URL(fileURLWithPath: place))
        return place
    }
}

/// `hybrid check` of plans beside a list of the base's files.
struct Checks {
    let workshop: Workshop
    /// The files of the base.
    let files: Int

    func cases() throws -> [Case] {
        let base = try Base(workshop, files: files)
        return try [(100, 50, 0), (1000, 100, 10)].map { jobs, claims, globs in
            let plan = try base.plan(
                (0..<jobs).map { job in
                    (0..<claims).map { claim in
                        let number = job * claims + claim
                        // The folders are shared by all jobs, so that globs and names have to be told apart there.
                        if globs > 0, claim % globs == globs - 1 {
                            return "src/p\(number % 100)/**/made\(number)-*.txt"
                        }
                        return Base.path(number)
                    }
                })
            let kind = globs > 0 ? "claims, one in \(globs) a glob" : "files"
            return Case(
                group: "check", name: "\(jobs) jobs of \(claims) \(kind), a base of \(files) files",
                repository: base.repository, pairs: [],
                errand: .init(
                    folder: base.repository, git: ["ls-tree", "-r", "HEAD"], hybrid: ["check", plan]))
        }
    }
}

/// `hybrid guard` in workers' worktrees beside the comparison that git makes for a commit.
struct Guards {
    let workshop: Workshop
    /// The files of the base.
    let files: Int
    /// The program to measure, which makes the worktrees as well.
    let program: String

    func cases() throws -> [Case] {
        let base = try Base(workshop, files: files)
        let plan = try base.plan([0, 1].map { job in (0..<50).map { Base.path(job * 50 + $0) } })
        let started = try clocked(
            [program, "start", plan], in: base.repository, input: "/dev/null", output: "/dev/null",
            environment: workshop.environment)
        guard started.code == 0 else {
            throw Trouble(description: "hybrid start ended with code \(started.code)")
        }
        let runs = base.repository + ".hybrid"
        let run = try FileManager.default.contentsOfDirectory(atPath: runs).max() ?? ""
        var cases: [Case] = []
        for (job, moment) in ["before its first commit", "after a commit"].enumerated() {
            let worktree = "\(runs)/\(run)/j\(job)"
            if job == 1 {
                try edit(Base.path(50), in: worktree)
                try workshop.git(["commit", "-q", "-m", "first"], in: worktree)
            }
            let path = Base.path(job * 50 + 1)
            try edit(path, in: worktree)
            for (form, words) in [("a path", [path]), ("a commit", ["--hook", "pre-commit"])] {
                cases.append(
                    Case(
                        group: "guard", name: "\(form) in a worktree of \(files) files, \(moment)",
                        repository: base.repository, pairs: [],
                        errand: .init(
                            folder: worktree, git: ["diff", "--cached", "--name-only"],
                            hybrid: ["guard"] + words)))
            }
        }
        // What another holds is refused: a guard that allowed everything would be fast as well.
        let other = "\(runs)/\(run)/j1"
        cases.append(
            Case(
                group: "guard", name: "another's path in a worktree of \(files) files",
                repository: base.repository, pairs: [],
                errand: .init(
                    folder: other, git: ["diff", "--cached", "--name-only"], hybrid: ["guard", Base.path(3)],
                    codes: (0, 1))))
        return cases
    }

    private func edit(_ path: String, in worktree: String) throws {
        try Data("edited \(path)\n".utf8).write(to: URL(fileURLWithPath: "\(worktree)/\(path)"))
        try workshop.git(["add", path], in: worktree)
    }
}
