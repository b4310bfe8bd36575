import HybridMerging
import TestSupport
import Testing
