import HybridGit
import TestSupport
import Testing
