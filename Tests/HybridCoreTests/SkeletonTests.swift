import HybridCore
import TestSupport
import Testing
