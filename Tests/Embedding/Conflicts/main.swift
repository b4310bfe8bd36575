// Which of these branches conflict: conflicts REPOSITORY BRANCH BRANCH ...
import Foundation
import HybridCore
import HybridGit
import HybridMerging

let arguments = CommandLine.arguments.dropFirst()
do {
    let matrix = try ConflictMatrix.between(Array(arguments.dropFirst()), in: arguments.first ?? ".")
    for pair in matrix.pairs {
        print("\(matrix.branches[pair.ours].name) and \(matrix.branches[pair.theirs].name):")
        for conflict in pair.conflicts {
            print("  \(conflict.path): \(conflict.types.joined(separator: ", "))")
        }
    }
    exit(matrix.pairs.isEmpty ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(2)
}
