import Foundation
import HybridPlan
import Testing

@testable import HybridRun

@Suite struct WrongTreeTests {
    private func found(
        _ command: Command, environment: [String: String] = ["HOME": "/home/me", "PATH": "/usr/bin:/bin"],
        checkouts: [String] = ["/home/me/my repo", "/home/me/app"]
    ) -> [WrongTree] {
        let search = WrongTreeSearch(
            checkouts: checkouts, runs: "/home/me/app.hybrid", environment: environment)
        return search.findings(
            in: Plan(task: PlannedTask(name: "t"), verify: [command]))
    }

    @Test(
        "what leads to a checkout",
        arguments: [
            ("/home/me/app/.venv/bin/python -m pytest", "/home/me/app/.venv/bin/python"),
            ("cd /home/me/app && make", "/home/me/app"),
            ("cd '/home/me/app'/sub", "/home/me/app/sub"),
            ("PYTHONPATH=src:/home/me/app/src pytest", "/home/me/app/src"),
            ("gcc -I/home/me/app/include x.c", "/home/me/app/include"),
            ("pip install -e file:///home/me/app", "/home/me/app"),
            ("~/app/run-tests", "/home/me/app/run-tests"),
            ("cat <~/app/x", "/home/me/app/x"),
            ("$HOME/app/run; true", "/home/me/app/run"),
            ("\"${HOME}\"/app/run", "/home/me/app/run"),
            ("cd \"/home/me/my repo/x\" && true", "/home/me/my repo/x"),
            ("cd /home/me/my\\ repo/x", "/home/me/my repo/x"),
            ("cd ../app && make", "/home/me/app"),
            ("cd ../../../app/x", "/home/me/app/x"),
            ("sh -c 'cd /home/me/app'", "/home/me/app"),
            ("git -C /home/me/app status", "/home/me/app"),
        ])
    func leads(command: String, path: String) {
        #expect(found(.shell(command)).map(\.path) == [path], "\(command)")
    }

    @Test(
        "what does not",
        arguments: [
            "make test", "/home/me/app.hybrid/RUN/check-1/x", "/mnt/home/me/app/x", "/home/me/application/x",
            "./home/me/app", "src/../lib/x", "cd src && ../tool", "$HYBRID_WORKTREE/x", "echo '~'", "a~/app",
            "/usr/bin/env python3", "cd ../other", "$UNSET/app", "echo $", "~other/app", "",
        ])
    func stays(command: String) {
        #expect(found(.shell(command)) == [], "\(command)")
    }

    @Test func argumentsAndEnvironmentAreReadAsWell() {
        #expect(found(.argv(["pytest", "--rootdir=/home/me/app"])).map(\.path) == ["/home/me/app"])
        let told = found(.shell("pytest"), environment: ["PYTHONPATH": "/x:/home/me/app/src"])
        #expect(told.map(\.word) == ["PYTHONPATH"] && told[0].command == nil)
        #expect(told[0].warning.hasPrefix("the environment leads by PYTHONPATH to /home/me/app/src"))
        #expect(found(.shell("$V/python"), environment: ["V": "/home/me/app/v"]).map(\.word) == ["$V/python"])
    }

    @Test func programsLinksAndEditableInstallsAreFollowed() throws {
        let root = FileManager.default.temporaryDirectory.path + "/wrong-tree-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: root) }
        func write(_ text: String, _ path: String) throws {
            let whole = "\(root)/\(path)"
            try FileManager.default.createDirectory(
                atPath: String(whole[..<whole.lastIndex(of: "/")!]), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
        }
        try write("", "app/.venv/bin/pytest")
        try write("", "venv/bin/tool")
        try write("", "venv/pyvenv.cfg")
        try write("", "plain/bin/tool")
        try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "\(root)/app")
        func words(_ command: String, path: String) -> [String] {
            found(.shell(command), environment: ["PATH": path], checkouts: ["\(root)/app"]).map(\.word)
        }
        #expect(words("true && pytest -q", path: "\(root)/app/.venv/bin:/usr/bin") == ["pytest"])
        #expect(words("pytest -q", path: "/usr/bin") == [])
        #expect(words("cd \(root)/link", path: "/usr/bin") == ["\(root)/link"])
        #expect(words("X=1 tool", path: "\(root)/venv/bin") == [])
        try write("\(root)/app/src\n", "venv/lib/python3.11/site-packages/__editable__.app.pth")
        #expect(words("X=1 tool", path: "\(root)/venv/bin") == ["tool"])
        #expect(words("\(root)/venv/bin/tool", path: "/usr/bin") == ["\(root)/venv/bin/tool"])
        #expect(words("tool", path: "\(root)/plain/bin:\(root)/venv/bin") == [])
    }
}
