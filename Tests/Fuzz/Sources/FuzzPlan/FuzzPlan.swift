import Fuzzing
import HybridCore

/// Fuzzes the three readers of plans: an error is an answer, a crash is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(input(start, count))
    return 0
}

private let words = [
    "## Task: ", "### Cline CLI Jobs:\n", "**Job 1:** ", "\n- File: ", "\n- Command: `", "\n- Needs: ",
    "\n- Wave: ",
    "\n- Dependencies: ", "### Verification:\n", "{\"task\":{\"name\":\"", "\"},\"jobs\":[{\"name\":\"",
    "\",\"files\":[\"", "task:\n  name: ", "jobs:\n  - name: ", "    files: [", "::", "#L1-L9", " -> ", "**/",
    "[a-z]",
]

/// Reads a plan; what is read is written in each form and read again as the same.
///
/// The first byte says the form; each byte from 0xe0 on stands for a word of plans, so that made-up inputs get far.
func check(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let format = PlanFormat.allCases[Int(first) % PlanFormat.allCases.count]
    let bytes = input.dropFirst().flatMap { byte -> [UInt8] in
        byte >= 0xe0 ? Array(words[Int(byte) % words.count].utf8) : [byte]
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let plan: Plan
    do {
        plan = try Plan.parse(text, format: format, file: "plan") { _ in false }
    } catch {
        require(!"\(error)".isEmpty, "an error says something")
        return
    }
    do {
        let json = try Plan.parse(plan.json(), format: .json, file: "again") { _ in true }
        require(json == plan, "the plan is the same when it was saved as JSON")
        let yaml = try Plan.parse(plan.yaml(), format: .yaml, file: "again") { _ in true }
        require(yaml == plan, "the plan is the same when it was saved as YAML")
    } catch {
        fatalError("what hybrid writes it can read: \(error)")
    }
}
