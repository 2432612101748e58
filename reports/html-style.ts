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

/** Where somebody’s own colours are forced upon the page, pictures take them too; shapes and letters say the rest. */
const forced = {
  ground: 'Canvas',
  panel: 'Canvas',
  text: 'CanvasText',
  faint: 'CanvasText',
  line: 'CanvasText',
  link: 'LinkText',
  pass: 'CanvasText',
  fail: 'CanvasText',
  inconclusive: 'CanvasText',
  other: 'CanvasText',
} as const satisfies Record<keyof typeof palette.light, string>

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
h1{font-size:1.5rem;margin:1.25rem 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}
p,li{overflow-wrap:anywhere}
nav{margin:1rem 0 0}
.claim{font-size:1.1rem;margin:.5rem 0 .25rem}
.overall{font-size:1.2rem;font-weight:600;margin:.5rem 0;padding:.5rem .75rem;background:var(--panel);border-left:.5rem solid var(--other)}
.overall.pass{border-color:var(--pass)}.overall.fail{border-color:var(--fail)}.overall.inconclusive{border-color:var(--inconclusive)}
.faint{color:var(--faint);font-weight:400}
.line,.badge,.number,thead th{white-space:nowrap}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.4}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}
thead th,.group{background:var(--panel)}
.number{text-align:right}
.reason{min-width:16rem}
.speaks{min-width:5.75rem}
.accepts{min-width:19rem;font-size:.925em}
.badge{font-weight:700}
.pass{color:var(--pass)}.fail{color:var(--fail)}.inconclusive{color:var(--inconclusive)}.not-applicable{color:var(--other)}
.overall{color:var(--text)}
.marks{white-space:nowrap;text-align:center}
tbody th{min-width:9rem}
.mark{display:inline-block;min-width:1.5rem;margin:.05rem;padding:0 .2rem;border:2px solid transparent;font-weight:700;line-height:1.25rem;text-align:center;text-decoration:none}
.mark.pass{border-color:var(--pass);border-radius:1rem}
.mark.fail{border-color:var(--fail);background:var(--fail);color:var(--ground)}
.mark.inconclusive{border:2px dashed var(--inconclusive)}
.mark.not-applicable{font-weight:400}
a.mark.not-applicable{text-decoration:underline dotted}
.conversation td,.conversation th{white-space:nowrap}
details{border:1px solid var(--line);border-radius:.25rem;margin:.4rem 0;padding:.2rem .75rem;background:var(--panel)}
summary{cursor:pointer;overflow-wrap:anywhere}
details ol>li{margin:.4rem 0}
:target{outline:2px solid var(--link);outline-offset:3px}
.subjects{font-weight:600;margin:.5rem 0 0}
ol,ul{margin:.25rem 0;padding-left:1.75rem}
dl{display:grid;grid-template-columns:minmax(5rem,max-content) minmax(0,1fr);gap:.1rem 1rem;margin:.35rem 0}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
dd ul{white-space:normal;padding-left:1.1rem;margin:0}
pre{margin:.2rem 0;padding:.3rem .5rem;background:var(--panel);overflow-x:auto;white-space:pre}
.hand li{margin:.3rem 0}
code{font:.8125em/1.5 ui-monospace,monospace}
footer{margin-top:3rem;padding-bottom:2rem}
.printed,.narrow{display:none}
.signs{position:absolute}
.picture{margin:1rem 0 .25rem}
figcaption{font-weight:600;font-size:.875rem;padding:.25rem 0}
.pic{display:block;font:12px ui-monospace,monospace}
.legend .pic{display:inline-block;vertical-align:middle;overflow:visible}
svg text{fill:var(--text)}
svg text.faint{fill:var(--faint)}
svg text.title{font-weight:700}
.ring{fill:none;stroke:currentColor;stroke-width:2}
.dash{stroke-dasharray:4 2}
.full{fill:currentColor}
text.letter{fill:currentColor;stroke:none;font:700 12px ui-monospace,monospace;text-anchor:middle}
.hatch>.letter.letter{stroke:var(--ground);stroke-width:5;paint-order:stroke}
text.on,.full>.letter{fill:var(--ground)}
.not-applicable>.letter,.thin>.letter{font-weight:400}
.hit{fill:transparent}
.nothing{fill:var(--faint)}
.grid{fill:none;stroke:var(--line)}
.waived{stroke:var(--text);stroke-width:2}
.stripe{stroke:var(--faint);stroke-width:3}
.box{fill:var(--panel);stroke:var(--line)}
.chip{fill:var(--ground);stroke:var(--line)}
.part{stroke:currentColor;stroke-width:1.5;fill:none}
.full>.part{fill:currentColor}
.hatch>.part{fill:url(#p-hatch)}
.seen{color:var(--link)}
a:hover>.hit,a:hover>.chip{stroke:var(--link);stroke-width:2}
@media (max-width:76rem){.narrow.broad{display:inline}}
@media (max-width:59rem){.narrow.middle{display:inline}}
@media (max-width:40rem){.narrow.small{display:inline}header,main,footer{padding:0 .75rem}dl{display:block}dd{margin:0 0 .3rem 1rem}details{padding:.2rem .5rem}ol{padding-left:1.4rem}th,td{padding:.2rem .3rem}tbody th{min-width:7rem}.mark{min-width:1.25rem;padding:0 .1rem}}
@media (forced-colors:active){:root{${variables(forced)}}}
@media print{.narrow.narrow.narrow{display:none}:root{color-scheme:light;${variables(palette.light)}}body{font-size:9pt}.skip,nav{display:none}.printed{display:block}
details::details-content{content-visibility:visible;display:block;height:auto}.conversation::details-content{display:none}
h2,h3,summary,.group{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}header,main,footer{max-width:none;padding:0}.scroll{overflow:visible}
table{font-size:7.5pt}th,td{padding:.1rem .25rem}.accepts,.reason{min-width:0}.mark{min-width:1.2rem}.pic{max-width:100%;height:auto}.picture{break-inside:avoid}#nodes{display:none}}
`
