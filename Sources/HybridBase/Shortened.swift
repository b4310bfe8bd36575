/// A value as an error shows it: short, and safe on a terminal.
package func shortened(_ text: String) -> String {
    let safe = neutralise(String(text.prefix(61)))
    return text.count > 60 ? String(safe.prefix(60)) + "…" : safe
}
