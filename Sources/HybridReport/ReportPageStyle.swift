/// The page's style sheet: light and dark as the reader has it, narrow screens, and A4.
let pageStyle = Markup(
    literal: """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #f1f3f5; --line: #c9ced4; --bar: #2f6f9f;
          --good: #146c2e; --bad: #b3201f; --heat: 179, 32, 31; font: 16px/1.5 system-ui, sans-serif }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14171a; --soft: #22272c; --line: #454d55;
          --bar: #6fb1e0; --good: #6fd08c; --bad: #ff8f88; --heat: 255, 120, 110 } }
        * { box-sizing: border-box }
        body { margin: 0; color: var(--ink); background: var(--paper) }
        main { max-width: 64rem; margin: 0 auto; padding: 1rem }
        h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1.2rem; margin: 1.5rem 0 .5rem }
        .outcome { font-size: 1.15rem; padding: .5rem .75rem; border-left: .35rem solid; overflow-wrap: anywhere }
        .good, .met, .landed, .merged, .green { color: var(--good) }
        .bad, .missed, .failed, .hooks-changed, .conflict, .breach, .timed-out, .verification-failed, .red { color: var(--bad) }
        .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top }
        td { overflow-wrap: anywhere } .figure { white-space: nowrap } .wide { width: 60%; min-width: 8rem }
        .track { position: relative; height: .6rem; margin-top: .4rem; background: var(--soft); min-width: 4rem }
        .track i { position: absolute; top: 0; bottom: 0; background: var(--bar); print-color-adjust: exact }
        .hot { text-align: center; padding: 0 } .hot a { display: block; padding: .3rem; color: inherit; font-weight: 700 }
        .heat1 { background: rgba(var(--heat), .12) } .heat2 { background: rgba(var(--heat), .2) }
        .heat3 { background: rgba(var(--heat), .28) } .heat4 { background: rgba(var(--heat), .36) }
        .findings, .plain { list-style: none; padding: 0 } .findings > li, .plain > li { margin: .6rem 0; overflow-wrap: anywhere }
        .findings > li { padding: .4rem .6rem; border-left: .2rem solid var(--line) } :target { background: var(--soft) }
        .sides { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem } figure { margin: .4rem 0; min-width: 0 }
        pre { margin: 0; padding: .5rem; overflow-x: auto; background: var(--soft) } code { overflow-wrap: anywhere }
        :focus-visible { outline: .15rem solid var(--bar); outline-offset: .1rem }
        @media (max-width: 40rem) { .sides { grid-template-columns: 1fr } .wide { width: auto } th, td { padding: .25rem } }
        @media print { :root { color-scheme: light } @page { size: A4; margin: 15mm } main { max-width: none; padding: 0 }
          .scroll, pre { overflow: visible } pre { white-space: pre-wrap } tr, li, figure { break-inside: avoid } }
        """)
