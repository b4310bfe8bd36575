// FoundationEssentials has no Unicode normalisation.
internal import Foundation

/// Which names some file systems take for the same.
enum PathFolding {
    /// A text without differences of case and of Unicode composition: by way of upper case, as full case folding
    /// maps ß to ss, and canonically decomposed, as normalising file systems compare.
    static func folded(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 128 }) { return text.lowercased() }
        return text.uppercased().lowercased().decomposedStringWithCanonicalMapping
    }

    /// The canonical decomposition alone.
    static func decomposed(_ text: String) -> String { text.decomposedStringWithCanonicalMapping }
}
