import HybridCore
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
