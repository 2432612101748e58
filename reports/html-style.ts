/**
 * The whole style of report.html. Every pair of text and ground has a contrast of at least 4.5 to 1 in both schemes (html-style.test.ts counts it),
 * and no colour says anything that a word beside it does not.
 */
export const palette = {
  light: {
    ground: '#ffffff',
    panel: '#f3f5f7',
    text: '#1a1d21',
    faint: '#555d66',
    line: '#c4cad1',
    link: '#0b57a4',
    pass: '#0d6b34',
    fail: '#b3131b',
    inconclusive: '#8a5200',
    other: '#555d66',
  },
  dark: {
    ground: '#14171a',
    panel: '#1e2327',
    text: '#e8eaed',
    faint: '#a9b1ba',
    line: '#454d56',
    link: '#8ab8ff',
    pass: '#6fd08c',
    fail: '#ff8a85',
    inconclusive: '#f0b75a',
    other: '#a9b1ba',
  },
} as const

const variables = (colours: Record<string, string>): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

export const css = `:root{color-scheme:light dark;${variables(palette.light)}}
@media (prefers-color-scheme:dark){:root{${variables(palette.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
.skip{position:absolute;left:-999rem}
.skip:focus{position:static;display:inline-block;padding:.5rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1.25rem}
h1{font-size:1.5rem;margin:1.25rem 0 .25rem}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem}
.claim{font-size:1.1rem;margin:.25rem 0}
.overall{font-size:1.2rem;font-weight:600;margin:.5rem 0;padding:.5rem .75rem;background:var(--panel);border-left:.5rem solid var(--other)}
.overall.pass{border-color:var(--pass)}.overall.fail{border-color:var(--fail)}.overall.inconclusive{border-color:var(--inconclusive)}
.faint{color:var(--faint)}
.wrap{overflow-wrap:anywhere;white-space:pre-wrap}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.925rem}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
thead th{background:var(--panel)}
td.number{text-align:right}
.badge{font-weight:700;white-space:nowrap}
.badge.pass{color:var(--pass)}.badge.fail{color:var(--fail)}.badge.inconclusive{color:var(--inconclusive)}.badge.not-applicable{color:var(--other)}
details{border:1px solid var(--line);border-radius:.25rem;margin:.5rem 0;padding:.25rem .75rem;background:var(--panel)}
details details{background:var(--ground)}
summary{cursor:pointer;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.15rem 1rem;margin:.5rem 0}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
code{font:.875em/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
footer{margin-top:3rem;padding-bottom:2rem}
@media print{:root{color-scheme:light;${variables(palette.light)}}body{font-size:10pt}.skip{display:none}details::details-content{content-visibility:visible;display:block;height:auto}
h2,h3,summary{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}header,main,footer{max-width:none}.scroll{overflow:visible}}
`
