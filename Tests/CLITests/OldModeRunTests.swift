import Foundation
import TestSupport
import Testing

/// Repositories that old tools wrote modes such as 100664 into: git is the oracle of merges and of what is clean.
@Suite struct OldModeRunTests {
    /// Commits that a generator makes out of three trees, modes written as old tools did in any of them.
    private static let make = """
        import subprocess, random, sys
        random.seed(int(sys.argv[1]))
        def git(*words, data=None):
            return subprocess.run(["git", *words], input=data, capture_output=True, check=True).stdout.decode().strip()
        blobs = [git("hash-object", "-w", "--stdin", data=("".join("%d\\n" % (i * 7 + n) for i in range(9))).encode()) for n in range(3)]
        plain = ["100644", "100755", "120000"]
        odd = {"100644": ["100644", "100664", "100600", "100666", "0100644"], "100755": ["100755", "100775", "100711"],
               "120000": ["120000", "120777"]}
        def tree(files, where=""):
            names, out = {}, b""
            for path, what in files.items():
                head, _, rest = path.partition("/")
                if rest: names.setdefault(head, {})[rest] = what
                else: names[head] = what
            for name in sorted(names, key=lambda n: n + ("/" if isinstance(names[n], dict) else "")):
                what = names[name]
                mode, id = ("40000", tree(what)) if isinstance(what, dict) else (random.choice(odd[what[0]]), what[1])
                if mode == "40000": mode = random.choice(["40000", "40755", "040000"])
                out += mode.encode() + b" " + name.encode() + b"\\0" + bytes.fromhex(id)
            return git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=out)
        def commit(files, *parents):
            return git("commit-tree", tree(files), "-m", "x", *[w for p in parents for w in ("-p", p)])
        paths = ["a", "b", "d/a", "d/b", "d/e/a", "f/a", "g"]
        base = {p: (random.choice(plain), random.choice(blobs)) for p in paths}
        def side():
            files = dict(base)
            for path in random.sample(paths, 2):
                deed = random.randrange(4)
                if deed == 0: del files[path]
                elif deed == 1: files[path] = (random.choice(plain), files[path][1])
                elif deed == 2: files[path] = (files[path][0], random.choice(blobs))
                else: files[random.choice(["n", "d/n", "h/n"])] = files.pop(path)
            return files
        root = commit(base)
        for _ in range(12): print(commit(side(), root), commit(side(), root))
        """

    @Test(arguments: 1...6) func `merges are git's to the byte`(seed: Int) throws {
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        let made = try sandbox.run("python3", "-c", Self.make, String(seed), in: "repo")
        try #require(made.code == 0, "\(made.err)")
        let pairs = Data(made.out.utf8)
        let program = try hybridProgram()
        let ours = try sandbox.run(program, "merge-tree", "--stdin", in: "repo", input: pairs)
        let gits = try sandbox.run("git", "merge-tree", "--write-tree", "--stdin", in: "repo", input: pairs)
        #expect(gits.code == 0 && !gits.out.isEmpty, "\(gits.err)")
        #expect(ours.out == gits.out, "\(ours.err)")
    }

    @Test func `a run in such a repository`() throws {
        let bench = try Bench(["a.txt": "1\n", "d/b.txt": "1\n", "d/c.txt": "1\n", "e/x.txt": "1\n"])
        let program = """
            import subprocess
            def git(*words, data=None):
                return subprocess.run(["git", *words], input=data, capture_output=True, check=True).stdout
            def tree(name):
                out = b""
                for entry in git("ls-tree", "-z", name).split(b"\\0")[:-1]:
                    head, file = entry.split(b"\\t", 1)
                    mode, kind, id = head.split()
                    id, mode = (tree(id.decode()), b"40000") if kind == b"tree" else (id.decode(), b"100664")
                    out += mode + b" " + file + b"\\0" + bytes.fromhex(id)
                return git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=out).decode().strip()
            git("reset", "-q", "--hard", git("commit-tree", tree("HEAD"), "-m", "old").decode().strip())
            """
        let respelled = try bench.sandbox.run("python3", "-c", program, in: "repo")
        try #require(respelled.code == 0, "\(respelled.err)")
        #expect(try bench.sandbox.git("cat-file", "tree", "HEAD").contains("100664 a.txt"))
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["d/b.txt", "d/new.txt"],
                "git diff --quiet HEAD && echo 2 > d/b.txt && echo n > d/new.txt && git add -A && git commit -qm a"
            ),
            PlannedJob("Beta", ["a.txt"], "echo 2 > a.txt"),
            PlannedJob("Gamma", ["e/x.txt"], "true"),
        ])
        #expect(try bench.hybrid("check", plan).code == 0)
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "Gamma does nothing: \(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "merged", "beta": "merged", "gamma": "nothing-done"])
        let landed = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob("Alpha", ["d/b.txt"], "echo 2 > d/b.txt; git commit -qam a"),
                PlannedJob("Beta", ["a.txt"], "echo 2 > a.txt"),
            ]))
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.sandbox.git("status", "--porcelain") == "")
        #expect(try bench.sandbox.git("diff", "--name-only", "HEAD@{1}", "HEAD") == "a.txt\nd/b.txt")
        #expect(try bench.hybrid("doctor").code == 0)
    }
}
