import HybridBase
import HybridPlan
import HybridRun
import Testing

private func written(
    _ text: String?, _ list: ExportList = ExportList(file: "src/__init__.py", form: .python),
    paths: [String], removed: [String] = []
) throws -> String {
    try ExportWriter.updated(text, list: list, paths: paths, removed: removed).text
}

@Suite struct ExportWriterTests {
    @Test("writes each form's line")
    func forms() throws {
        func lines(_ form: ExportList.Form, _ file: String, _ path: String) throws -> [String] {
            try ExportWriter.updated(nil, list: ExportList(file: file, form: form), paths: [path]).lines
        }
        #expect(try lines(.python, "src/__init__.py", "src/a.py") == ["from . import a"])
        #expect(try lines(.python, "src/__init__.py", "src/sub/a.py") == ["from .sub import a"])
        #expect(try lines(.typescript, "src/index.ts", "src/a.ts") == ["export * from \"./a\";"])
        #expect(try lines(.rust, "src/lib.rs", "src/a.rs") == ["pub mod a;"])
        #expect(try lines(.cpp, "all.h", "ui/a.h") == ["#include \"ui/a.h\""])
        #expect(try lines(.list, "pages.txt", "ui/a.page") == ["ui/a.page"])
    }

    @Test("leaves out what the language cannot import, with the reason")
    func unfit() throws {
        let list = ExportList(file: "src/__init__.py", form: .python)
        let result = try ExportWriter.updated(
            nil, list: list, paths: ["src/my-page.py", "src/1.py", "src/b.py"])
        #expect(result.lines == ["from . import b"])
        #expect(result.skipped.map(\.path) == ["src/my-page.py", "src/1.py"])
        let quoted = try ExportWriter.updated(
            nil, list: ExportList(file: "all.h", form: .cpp), paths: ["a\"b.h", "a\nb.h"])
        #expect(quoted.lines.isEmpty && quoted.skipped.count == 2)
    }

    @Test("is sorted, keeps what the block held, drops what was removed, and is its own fixed point")
    func keeps() throws {
        let before = "x = 1\n# hybrid:begin\nfrom . import c\nfrom . import gone\n# hybrid:end\ny = 2"
        let after = try written(
            before, paths: ["src/a.py", "src/b.py", "src/a.py"], removed: ["src/gone.py"])
        #expect(
            after
                == "x = 1\n# hybrid:begin\nfrom . import a\nfrom . import b\nfrom . import c\n# hybrid:end\ny = 2"
        )
        #expect(try written(after, paths: ["src/b.py"]) == after)
    }

    @Test(
        "keeps every byte outside the block, whatever ends the lines",
        arguments: [
            (
                "a\r\n# hybrid:begin\r\n# hybrid:end\r\nz",
                "a\r\n# hybrid:begin\r\nfrom . import n\r\n# hybrid:end\r\nz"
            ),
            (
                "a\r\nb\n# hybrid:begin\n# hybrid:end\n",
                "a\r\nb\n# hybrid:begin\nfrom . import n\r\n# hybrid:end\n"
            ),
            (
                "a\n  # hybrid:begin\n  # hybrid:end\n\n\n",
                "a\n  # hybrid:begin\n  from . import n\n  # hybrid:end\n\n\n"
            ),
            ("", "# hybrid:begin\nfrom . import n\n# hybrid:end\n"),
            ("a", "a\n\n# hybrid:begin\nfrom . import n\n# hybrid:end\n"),
            ("a\rb\n", "a\rb\n\n# hybrid:begin\nfrom . import n\n# hybrid:end\n"),
            ("a\r\n", "a\r\n\r\n# hybrid:begin\r\nfrom . import n\r\n# hybrid:end\r\n"),
        ])
    func lineEndings(before: String, after: String) throws {
        let got = try written(before, paths: ["src/n.py"])
        #expect(Array(got.utf8) == Array(after.utf8))
    }

    @Test(
        "refuses markers that do not make one block",
        arguments: [
            "# hybrid:begin\n", "# hybrid:end\n# hybrid:begin\n", "# hybrid:end\n",
            "# hybrid:begin\n# hybrid:end\n# hybrid:begin\n# hybrid:end\n",
        ])
    func markers(text: String) {
        #expect(throws: HybridError.self) { try written(text, paths: ["src/n.py"]) }
    }

    private static let tree: [String: String] = [
        "go.mod": "// a module\nmodule example.com/app // mine\n\ngo 1.22\n",
        "tool/go.mod": "module (\n\t\"example.com/tool\"\n)\n",
        "plugins/alpha/alpha.go": "// Package alpha\n/* package no */ package alpha\n",
        "plugins/alpha/more.go": "package alpha\n", "plugins/beta/beta.go": "package beta\n",
        "plugins/beta/beta_test.go": "package beta_test\n", "cmd/x/main.go": "package main\n",
        "tool/t/t.go": "package t\n", "registry/other.go": "package reg // here\n",
        "registry/own.go": "package reg\n",
    ]

    private static var source: GoSource {
        GoSource(
            content: { tree[$0] },
            names: { folder in
                tree.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
                    .filter { !$0.contains("/") }
            })
    }

    private func go(
        _ text: String?, _ paths: [String], removed: [String] = [],
        list: ExportList = ExportList(file: "registry/all.go", form: .go)
    ) throws -> ExportWriter.Result {
        try ExportWriter.updated(text, list: list, paths: paths, removed: removed, go: Self.source)
    }

    @Test("a Go registry in a folder imports packages by their module's path")
    func goImports() throws {
        let paths = ["plugins/beta/beta.go", "plugins/alpha/alpha.go", "plugins/alpha/more.go"]
        let block = [
            #"import _ "example.com/app/plugins/alpha""#, #"import _ "example.com/app/plugins/beta""#,
        ]
        let new = try go(nil, paths)
        #expect(new.lines == block && new.skipped == [])
        let text = "package reg\n\n// hybrid:begin\n\(block[0])\n\(block[1])\n// hybrid:end\n"
        #expect(new.text == text)
        #expect(try go(text, ["plugins/beta/beta.go"]).text == text)
        // Behind the package clause, whatever stands before it, and before what may only follow imports.
        let old =
            "// Copyright\n\n/* package x\n*/\npackage reg\n\nimport \"fmt\"\n\nfunc F() { fmt.Println() }"
        let put = try go(old, ["plugins/beta/beta.go"]).text
        #expect(
            put
                == "// Copyright\n\n/* package x\n*/\npackage reg\n\n// hybrid:begin\n\(block[1])\n// hybrid:end\n\nimport \"fmt\"\n\nfunc F() { fmt.Println() }\n"
        )
        // Between the brackets of a declaration.
        let group = "package reg\n\nimport (\n\t\"fmt\"\n\t// hybrid:begin\n\t// hybrid:end\n)\n"
        #expect(
            try go(group, ["plugins/beta/beta.go"]).text
                == "package reg\n\nimport (\n\t\"fmt\"\n\t// hybrid:begin\n\t_ \"example.com/app/plugins/beta\"\n\t// hybrid:end\n)\n"
        )
        // One file of a package goes, others stay; a whole package goes.
        #expect(try go(text, [], removed: ["plugins/alpha/gone.go"]).lines == block)
        let gone = try go(
            text.replacing("plugins/beta", with: "plugins/old"), [], removed: ["plugins/old/a.go"])
        #expect(gone.lines == [block[0]])
    }

    @Test("a Go file that cannot be imported is left out with the reason")
    func goUnfit() throws {
        let result = try go(
            nil,
            ["registry/own.go", "cmd/x/main.go", "tool/t/t.go", "plugins/beta/beta_test.go", "plugins/a.txt"])
        #expect(result.lines == [])
        let words = ["Template", "main", "another module", "not a Go file", "not a Go file"]
        for (skipped, word) in zip(result.skipped, words) {
            #expect(skipped.reason.contains(word), "\(skipped)")
        }
        #expect(result.skipped.count == words.count)
        let lost = try ExportWriter.updated(
            nil, list: ExportList(file: "r/all.go"), paths: ["p/a/a.go"])
        #expect(lost.skipped.first?.reason == "no go.mod says the path of its module")
        #expect(lost.text.hasPrefix("package r\n"))
    }

    @Test("what registers Go files of one package is a template's")
    func goTemplate() throws {
        let list = ExportList(
            file: "registry/all.go",
            template: "func init() { Register(\"{name}\", New{Type}) } // {root} {import}")
        let result = try go(nil, ["registry/my_page.go"], list: list)
        #expect(
            result.text
                == "package reg\n\n// hybrid:begin\nfunc init() { Register(\"my_page\", NewMyPage) } // registry/my_page.go example.com/app/registry\n// hybrid:end\n"
        )
    }

    @Test(
        "markers are comments of the file's language",
        arguments: [
            ("a.go", "// hybrid:begin"), ("a.sql", "-- hybrid:begin"), ("a.css", "/* hybrid:begin */"),
            ("a.html", "<!-- hybrid:begin -->"), ("a.java", "// hybrid:begin"), ("a.py", "# hybrid:begin"),
            ("list", "# hybrid:begin"), ("a.TSX", "// hybrid:begin"),
        ])
    func comments(file: String, begin: String) throws {
        let list = ExportList(file: file, template: "{name}")
        let text = try ExportWriter.updated("package a\n", list: list, paths: ["x/y"]).text
        #expect(text.contains("\n\(begin)\ny\n"), "\(text)")
        // What an earlier hybrid wrote is gone on with.
        let old = "package a\n# hybrid:begin\n# hybrid:end\n"
        #expect(
            try ExportWriter.updated(old, list: list, paths: ["x/y"]).text
                == "package a\n# hybrid:begin\ny\n# hybrid:end\n")
    }

    @Test("fills a template in one pass")
    func template() throws {
        let list = ExportList(
            file: "app/routes.js", template: "route({Type}, '{path}', {other}, '{name}', '{dir}')",
            begin: "// routes", end: "// end")
        let result = try ExportWriter.updated(nil, list: list, paths: ["app/ui/{name}-page.js"])
        #expect(
            result.lines == ["route(NamePage, 'ui/{name}-page.js', {other}, '{name}-page', 'ui')"])
        #expect(result.text.hasPrefix("// routes\n") && result.text.hasSuffix("// end\n"))
    }
}
