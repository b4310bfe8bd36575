package import HybridBase

/// Where a value stands in a plan, for errors.
package struct PlanPlace {
    package var file: String
    package var line: Int
    package var field: String

    package init(file: String, line: Int, field: String) {
        self.file = file
        self.line = line
        self.field = field
    }

    package func error(_ reason: String, next: String? = nil) -> HybridError {
        HybridError(.planInvalid, "\(file):\(line): \(field)", reason, next: next)
    }
}
