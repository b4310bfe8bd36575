// FoundationEssentials has no Unicode normalisation.
internal import Foundation
internal import HybridGit

/// Which names some file systems take for the same.
enum PathFolding {
    /// A text without differences of case and of Unicode composition: by way of upper case, as full case folding
    /// maps ß to ss, and canonically decomposed, as normalising file systems compare.
    ///
    /// `composed` gives the other canonical form: a glob's `?` counts bytes, and those differ between the two.
    static func folded(_ text: String, composed: Bool = false) -> String {
        if text.utf8.allSatisfy({ $0 < 128 }) { return text.lowercased() }
        // Twice: some letters only reach their fold by way of the decomposition.
        let low = text.uppercased().lowercased().decomposedStringWithCanonicalMapping
            .uppercased().lowercased()
        return normalised(low, composed: composed)
    }

    /// One of the two canonical forms.
    static func normalised(_ text: String, composed: Bool) -> String {
        composed ? text.precomposedStringWithCanonicalMapping : text.decomposedStringWithCanonicalMapping
    }

    /// Whether two texts are the same bytes; Swift's == takes NFC and NFD for equal.
    static func areSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
