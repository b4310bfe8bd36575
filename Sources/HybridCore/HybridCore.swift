// One import for other packages, and for tests.
@_exported public import HybridBase
@_exported public import HybridGuard
@_exported public import HybridPlan
@_exported public import HybridRecords
@_exported public import HybridReport
@_exported public import HybridRun
@_exported public import HybridSystem
@_exported public import HybridUserGit
