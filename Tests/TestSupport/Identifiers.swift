package import HybridPlan

// Tests write ids as they are; what an id can be is tested where ids are read.

extension JobID: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) { self.init(unchecked: text) }
}

extension RunID: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) { self.init(unchecked: text) }
}
