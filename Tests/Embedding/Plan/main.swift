// Runs a plan: plan REPOSITORY PLAN [HYBRID]
import Foundation
import HybridCore

Supervisor.runIfAsked()

let arguments = CommandLine.arguments.dropFirst()
do {
    guard arguments.count > 1 else {
        throw HybridError("plan", "it runs a plan", next: "plan REPOSITORY PLAN [HYBRID]")
    }
    let host = try arguments.count > 2 ? Host.using(arguments[3]) : Host.itself()
    let report = try PlanRun(planAt: arguments[2], in: arguments[1], host: host).run()
    print(report.text())
    exit(report.run.state == .landed ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(2)
}
