import HybridUserGit
import Testing

@Suite struct GitParametersTests {
    @Test("counts what git -c handed on behind what was counted already")
    func counted() {
        let given = [
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c",
            "GIT_CONFIG_PARAMETERS": #"'x.Y.z'='it'\''s '\!'' 'alone.is'= 'old.form=1=2' 'bare.word'"#,
        ]
        let counted = GitParameters.counted(given)
        #expect(counted["GIT_CONFIG_PARAMETERS"] == nil)
        #expect(counted["GIT_CONFIG_COUNT"] == "5")
        let pairs = (0..<5).map {
            "\(counted["GIT_CONFIG_KEY_\($0)"]!)=\(counted["GIT_CONFIG_VALUE_\($0)"]!)"
        }
        #expect(pairs == ["a.b=c", "x.Y.z=it's !", "alone.is=true", "old.form=1=2", "bare.word=true"])
    }

    @Test("leaves alone what git could not read", arguments: ["'open", "bare", "'a'='b", "'a'x", #"'a'\x'"#])
    func unread(text: String) {
        let given = ["GIT_CONFIG_PARAMETERS": text]
        #expect(GitParameters.counted(given) == given)
    }
}
