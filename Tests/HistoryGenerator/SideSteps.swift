/// What a side does alone, whatever the others do.
extension Scene {
    /// One more step of a side, at what its tree holds now.
    mutating func wander(_ side: Int, in snapshot: Snapshot) -> [Step] {
        let paths = snapshot.paths
        let folders = snapshot.folders
        guard let path = paths.isEmpty ? nil : random.pick(paths) else {
            return [.write(self.path(), anyContent())]
        }
        var content: [UInt8] = []
        if case .file(let bytes, _)? = snapshot[path] { content = bytes }
        let target = random.chance(60) ? self.path() : path.moved(from: path.parent ?? .root, to: folder())
        switch random.pick(0...29) {
        case 0..<5: return [.write(path, edited(content))]
        case 5: return [.write(path, anyContent())]
        case 6..<10: return [.write(self.path(), random.chance(70) ? anyContent() : edited(content))]
        case 10..<13: return [.delete(path)]
        case 13..<17: return [.move(path, target), .write(target, resembling(content, percent: likeness()))]
        case 17: return [.copy(path, target)]
        case 18..<20: return [.move(path, target)]
        case 20..<23 where !folders.isEmpty:
            return [.move(random.pick(folders), random.chance(85) ? folder() : .root)]
        case 23 where !folders.isEmpty: return [.delete(random.pick(folders))]
        case 24 where !folders.isEmpty: return [.copy(random.pick(folders), folder())]
        case 25: return [.mode(path, isExecutable: random.chance(70))]
        case 26: return [.link(path, name().bytes)]
        case 27: return [.gitlink(path, commitID())]
        case 28: return [.write(name().inside(path), content)]
        case 29 where !folders.isEmpty: return [.write(random.pick(folders), content)]
        default: return [.write(self.path(), [])]
        }
    }
}
