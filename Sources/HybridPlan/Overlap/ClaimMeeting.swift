/// Where a path that is asked for meets claims that others hold.
package enum ClaimMeeting {
    /// The first of some claims that covers a path which the asked one covers too, on any file system.
    ///
    /// A claim with brackets may be a name or a pattern, and the audit takes it as both: so does this.
    package static func first(_ path: String, isLiteral: Bool, _ claims: [Claim]) -> (
        claim: String, witness: String
    )? {
        let asked = isLiteral ? [true] : (PathPattern.hasWildcard(path) ? [false, true] : [true])
        for (order, claim) in claims.enumerated() where claim.kind != .read && !claim.isExcluded {
            let except = claims[order...].filter(\.isExcluded).map {
                PathPattern($0.path, isLiteral: !PathPattern.hasWildcard($0.path))
            }
            for own in asked {
                for other in PathPattern.hasWildcard(claim.path) ? [false, true] : [true] {
                    let (a, b) = (
                        PathPattern(path, isLiteral: own), PathPattern(claim.path, isLiteral: other)
                    )
                    for found in [
                        PatternIntersection.meet(a, b, except: except),
                        PatternIntersection.meetFolded(a, b, except: except),
                    ] {
                        switch found {
                        case .disjoint: continue
                        case .at(let witness): return (claim.text, witness)
                        case .undecided: return (claim.text, path)
                        }
                    }
                }
            }
        }
        return nil
    }
}
