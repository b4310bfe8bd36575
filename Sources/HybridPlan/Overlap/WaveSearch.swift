internal import HybridGit

/// Puts jobs into waves so that none shares a wave with a job that it meets.
struct WaveSearch {
    /// What each job waits for, by index; no circles.
    var needs: [Set<Int>]
    /// Which jobs each meets, both ways.
    var meets: [Set<Int>]
    /// The first wave that each may have, counted from 1.
    var earliest: [Int]
    /// An order in which what a job needs comes before it.
    var order: [Int]

    /// Up to so many jobs the fewest waves are looked for; this is colouring a graph, whose cost doubles with each job.
    static let mostExact = 12

    /// The wave of each job: the fewest waves up to ``mostExact`` jobs, beyond that each job's first free wave.
    func waves() -> [Int] {
        let greedy = greedy()
        guard order.count <= Self.mostExact, let most = greedy.max() else { return greedy }
        let least = order.map { earliest[$0] }.max() ?? 1
        for limit in stride(from: least, to: most, by: 1) {
            var found = [Int](repeating: 0, count: needs.count)
            if place(0, limit, &found) { return found }
        }
        return greedy
    }

    /// The first wave that a job may have behind what it needs.
    private func first(_ job: Int, _ wave: [Int]) -> Int {
        max(earliest[job], needs[job].map { wave[$0] + 1 }.max() ?? 1)
    }

    private func isFree(_ number: Int, _ job: Int, _ wave: [Int]) -> Bool {
        !meets[job].contains { wave[$0] == number }
    }

    private func greedy() -> [Int] {
        var wave = [Int](repeating: 0, count: needs.count)
        for job in order {
            var number = first(job, wave)
            while !isFree(number, job, wave) { number += 1 }
            wave[job] = number
        }
        return wave
    }

    /// Places the jobs from a position of the order on within a limit, each as early as it can be.
    private func place(_ position: Int, _ limit: Int, _ wave: inout [Int]) -> Bool {
        guard position < order.count else { return true }
        let job = order[position]
        let start = first(job, wave)
        guard start <= limit else { return false }
        for number in start...limit where isFree(number, job, wave) {
            wave[job] = number
            if place(position + 1, limit, &wave) { return true }
        }
        wave[job] = 0
        return false
    }
}
