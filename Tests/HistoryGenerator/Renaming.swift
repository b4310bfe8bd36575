/// Simplifications of contents and names.
extension History {
    /// Changes all contents of files.
    func mappingContents(_ map: ([UInt8]) -> [UInt8]) -> History {
        changed { history in
            for commit in history.commits.indices {
                for step in history.commits[commit].steps.indices {
                    if case .write(let path, let content) = history.commits[commit].steps[step] {
                        history.commits[commit].steps[step] = .write(path, map(content))
                    }
                }
            }
        }
    }

    /// Changes all paths.
    func mappingPaths(_ map: (Path) -> Path) -> History {
        changed { history in
            for commit in history.commits.indices {
                history.commits[commit].steps = history.commits[commit].steps.map { step in
                    switch step {
                    case .write(let path, let content): .write(map(path), content)
                    case .mode(let path, let bit): .mode(map(path), isExecutable: bit)
                    case .link(let path, let target): .link(map(path), target)
                    case .gitlink(let path, let id): .gitlink(map(path), id)
                    case .delete(let path): .delete(map(path))
                    case .move(let from, let to): .move(map(from), map(to))
                    case .copy(let from, let to): .copy(map(from), map(to))
                    case .take: step
                    }
                }
            }
        }
    }

    private var contents: [[UInt8]] {
        commits.flatMap { commit in
            commit.steps.compactMap { step in
                if case .write(_, let content) = step { content } else { nil }
            }
        }
    }

    /// All different lines, in the order in which they appear.
    private var allLines: [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return contents.flatMap { Lines($0).lines }.filter { seen.insert($0).inserted }
    }

    /// Without some lines, wherever they stand.
    func withFewerLines() -> [History] {
        let lines = allLines
        return chunks(lines.count).map { range in
            let gone = Set(lines[range])
            return mappingContents { Array(Lines($0).lines.filter { !gone.contains($0) }.joined()) }
        }
    }

    /// With one file's content cut down, or with short lines for long ones.
    func withShorterContents() -> [History] {
        var found: [History] = []
        for commit in commits.indices {
            for (place, step) in commits[commit].steps.enumerated() {
                guard case .write(let path, let content) = step, !content.isEmpty else { continue }
                let lines = Lines(content).lines
                var shorter = chunks(lines.count).map { range in
                    Array(lines.enumerated().filter { !range.contains($0.offset) }.map(\.element).joined())
                }
                shorter.append(Array("x\n".utf8))
                shorter.append(content.filter { $0 != UInt8(ascii: "\r") })
                if content.last != UInt8(ascii: "\n") { shorter.append(content + [UInt8(ascii: "\n")]) }
                for each in shorter {
                    found.append(changed { $0.commits[commit].steps[place] = .write(path, each) })
                }
            }
        }
        for line in allLines where line.count > 4 {
            let short = Array("\(letters(allLines))\n".utf8)
            found.append(mappingContents { Array(Lines($0).lines.map { $0 == line ? short : $0 }.joined()) })
            if line.count > 40 {
                let half = Array(line[(line.count / 2)...])
                found.append(
                    mappingContents { Array(Lines($0).lines.map { $0 == line ? half : $0 }.joined()) })
            }
        }
        return found
    }

    /// A short line that does not occur.
    private func letters(_ lines: [[UInt8]]) -> String {
        let taken = Set(lines.map { String(decoding: $0.dropLast(), as: UTF8.self) })
        return (1...).lazy.map { "z\($0)" }.first { !taken.contains($0) } ?? "z"
    }

    /// Lines of one letter count up without gaps, which reads as a run.
    func withCountedLines() -> History {
        var numbers: [String: [Int]] = [:]
        func split(_ line: [UInt8]) -> (String, Int)? {
            let text = String(decoding: line.dropLast(), as: UTF8.self)
            let prefix = String(text.prefix { $0.isLetter })
            guard line.last == UInt8(ascii: "\n"), !prefix.isEmpty,
                let number = Int(text.dropFirst(prefix.count))
            else { return nil }
            return (prefix, number)
        }
        for (prefix, number) in allLines.compactMap(split) { numbers[prefix, default: []].append(number) }
        for prefix in numbers.keys { numbers[prefix]?.sort() }
        return mappingContents { content in
            Array(
                Lines(content).lines.map { line in
                    guard let (prefix, number) = split(line),
                        let place = numbers[prefix]?.firstIndex(of: number)
                    else { return line }
                    return Array("\(prefix)\(place + 1)\n".utf8)
                }.joined())
        }
    }

    private var allPaths: [Path] { commits.flatMap { $0.steps.flatMap(\.paths) } }

    private var allComponents: [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return allPaths.flatMap(\.components).filter { seen.insert($0).inserted }
    }

    /// With a folder's content moved into the folder that holds it.
    func withFewerFolders() -> [History] {
        let folders = Set(
            allPaths.flatMap { path in
                sequence(first: path) { $0.parent.flatMap { $0 == .root ? nil : $0 } }.dropFirst()
            })
        return folders.sorted().map { folder in
            mappingPaths { $0.isInside(folder) ? $0.moved(from: folder, to: folder.parent ?? .root) : $0 }
        }
    }

    /// With one component spelled by a letter.
    func withShorterNames() -> [History] {
        let components = allComponents
        let taken = Set(components)
        let free = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { [$0] }.filter { !taken.contains($0) }
        return components.flatMap { old in
            free.prefix(2).map { new in
                mappingPaths { path in
                    Path(
                        bytes: Array(
                            path.components.map { $0 == old ? new : $0 }.joined(separator: [UInt8(ascii: "/")]
                            )))
                }
            }
        }
    }

    /// With commits named for what they are.
    func withPlainNames(byID: Bool) -> History {
        guard merges.count == 1, let merge = merges.first else { return self }
        var names: [String: String] = [:]
        let middle = ["base"] + (1...).prefix(commits.count).map { "base\($0)" }
        for commit in commits where commit.name != merge.ours && commit.name != merge.theirs {
            names[commit.name] = middle[names.count]
        }
        names[merge.ours] = "ours"
        if merge.theirs != merge.ours { names[merge.theirs] = "theirs" }
        return changed { history in
            for index in history.commits.indices {
                let commit = history.commits[index]
                history.commits[index].name = names[commit.name] ?? commit.name
                history.commits[index].parents = commit.parents.map { names[$0] ?? $0 }
                history.commits[index].steps = commit.steps.map { step in
                    guard case .take(let from, let since) = step else { return step }
                    return .take(names[from] ?? from, since: names[since] ?? since)
                }
            }
            history.merges = [.init("ours", merge.theirs == merge.ours ? "ours" : "theirs", byID: byID)]
        }
    }
}
