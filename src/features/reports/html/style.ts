/** The one style sheet of a report: light and dark, wide and narrow, on paper. Contrast is 4.5 to 1 or more. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --sheet: #ffffff; --ink: #1f1e1b; --soft: #5f5b54; --line: #e4dfd5; --wash: #f4f1ea;
  --accent: #1d5f63; --accent-wash: #d5e6e4; --good: #20613f; --bad: #9a3412; --open: #7a5310;
  --code: #2b2a27; --kw: #7a3e9d; --str: #1f6b43; --num: #9a3412; --com: #6a655c; --fn: #1b5e9b; --type: #7d5006;
  --serif: Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif;
  --sans: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
  --mono: ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161719; --sheet: #1d1f22; --ink: #ebe8e1; --soft: #aaa59b; --line: #34363a; --wash: #24262a;
    --accent: #7cc4c2; --accent-wash: #27494b; --good: #86cfa4; --bad: #f0a184; --open: #dfb66b;
    --code: #e2dfd7; --kw: #cda7e6; --str: #94cfaa; --num: #f0a184; --com: #9d988d; --fn: #8fc1ee; --type: #e0bd7c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 var(--sans); overflow-wrap: anywhere;
}
h1, h2, h3 { font-family: var(--serif); line-height: 1.2; text-wrap: balance; margin: 0; font-weight: 600; }
h1 { font-size: 2.5rem; letter-spacing: -0.01em; }
h2 { font-size: 1.65rem; margin-bottom: 1rem; }
h3 { font-size: 1.2rem; }
p { margin: 0 0 0.75rem; }
ul, ol { margin: 0; padding: 0; list-style: none; }
a { color: var(--accent); text-underline-offset: 0.15em; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
code { font: 0.9em var(--mono); overflow-wrap: anywhere; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--sheet); padding: 0.5rem 1rem; z-index: 1; }
.detail { color: var(--soft); font-size: 0.9rem; line-height: 1.5; }
.no { color: var(--soft); font: 0.8em var(--sans); font-variant-numeric: tabular-nums; }
.value, .points, .number { font-variant-numeric: tabular-nums lining-nums; }
.plain + p { margin-top: 1rem; }
.plain > li { padding-left: 1.1rem; position: relative; margin-bottom: 0.4rem; }
.plain > li::before { content: ''; position: absolute; left: 0.1rem; top: 0.68em; width: 0.35rem; height: 0.35rem; border-radius: 50%; background: var(--accent); }
section { margin-top: 3.5rem; }

.masthead { padding-top: 3.5rem; }
.kicker { color: var(--accent); font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; font-size: 0.8rem; margin-bottom: 0.35rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.25rem 1.75rem; margin: 1rem 0 0; color: var(--soft); font-size: 0.9rem; }
.facts dt, .facts dd { display: inline; margin: 0; }
.facts dd { color: var(--ink); }
.verdict { display: grid; grid-template-columns: 13rem 1fr; gap: 2.5rem; align-items: center; margin-top: 2rem; padding: 2rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 0.75rem; }
.dial { position: relative; text-align: center; }
.gauge { display: block; width: 100%; height: auto; }
.track { fill: var(--wash); } .gauge .track { stroke: var(--line); stroke-width: 1; }
.gauge .value, .bar .value { fill: var(--accent); }
.score { position: absolute; inset: 28% 0 auto; margin: 0; line-height: 1.1; }
.score .number { display: block; font: 600 3.25rem/1 var(--serif); letter-spacing: -0.02em; }
.score .of { color: var(--soft); font-size: 0.9rem; }
.score.none { inset: 36% 0 auto; font: 600 1.4rem/1.2 var(--serif); color: var(--soft); }
.lead > :last-child { margin-bottom: 0; }
.summary { font: 1.15rem/1.55 var(--serif); }
.caution { color: var(--soft); font-size: 0.95rem; }

.key { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; color: var(--soft); font-size: 0.85rem; }
.key-mark, .key-band { display: inline-block; vertical-align: middle; margin-right: 0.25rem; }
.key-mark { width: 3px; height: 1rem; background: var(--accent); }
.key-band { width: 1.75rem; height: 0.55rem; background: var(--accent-wash); border: 1px solid var(--accent); }
.scale { display: flex; justify-content: space-between; margin: 0 0 0.25rem 17rem; color: var(--soft); font-size: 0.78rem; line-height: 1; font-variant-numeric: tabular-nums; }
.scale span { width: 0; display: flex; justify-content: center; white-space: nowrap; }
.scale span:first-child { justify-content: flex-start; } .scale span:last-child { justify-content: flex-end; }
.paths > li { display: grid; grid-template-columns: 10.5rem 4.5rem 1fr; gap: 0 1rem; align-items: center; padding: 0.85rem 0; border-top: 1px solid var(--line); }
.paths > li:last-child { border-bottom: 1px solid var(--line); }
.paths a, .paths strong { font-weight: 600; text-decoration-thickness: 1px; }
.paths .value { font: 600 1.45rem/1 var(--serif); text-align: right; }
.paths .detail { grid-column: 3; }
.paths .unscored .value { font: italic 0.95rem/1.2 var(--sans); color: var(--soft); }
.range { display: block; width: 100%; height: 1.5rem; }
.tick { stroke: var(--line); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.band { fill: var(--accent-wash); stroke: var(--accent); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.mark { stroke: var(--accent); stroke-width: 3px; vector-effect: non-scaling-stroke; }

.steps { counter-reset: step; }
.steps > li { display: grid; grid-template-columns: 8rem 1fr; gap: 1.5rem; padding: 1.25rem 0; border-top: 1px solid var(--line); }
.steps p { margin-bottom: 0.3rem; }
.gain { color: var(--soft); font-size: 0.9rem; line-height: 1.3; }
.gain .points { display: block; font: 600 1.6rem/1.2 var(--serif); color: var(--good); }

.path { border-top: 2px solid var(--ink); padding-top: 1.25rem; }
.path > h2, .criterion > h3 { display: flex; align-items: baseline; gap: 0.6rem; }
.path > h2 .value, .criterion > h3 .value { margin-left: auto; }
.about { color: var(--soft); }
.trust { margin-top: 0.75rem; }
.held { border-left: 3px solid var(--bad); padding: 0.5rem 0 0.5rem 1rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1.5rem 2.5rem; margin: 1.75rem 0 0; padding: 1.5rem; background: var(--wash); border-radius: 0.75rem; }
.sides h3 { margin-bottom: 0.6rem; }
.works li::before { background: var(--good); } .look li::before { background: var(--bad); }
.criterion { margin-top: 2.5rem; }
.bar { display: block; width: 100%; height: 6px; margin: 0.5rem 0 0.6rem; }
.findings > li { margin: 1.5rem 0 0; }
.what { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: 0.75rem; margin-bottom: 0.15rem; }
.what .points, .rest .points { font-weight: 600; text-align: right; white-space: nowrap; }
.points.earned { color: var(--good); } .points.cost { color: var(--bad); } .points.open { color: var(--open); } .points.noted { color: var(--soft); }
.finding .detail, .rest { padding-left: 5.25rem; margin-bottom: 0.5rem; }
.rest { padding-left: 0; display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: 0.75rem; color: var(--soft); margin-top: 1.5rem; }
.place { font: 0.95em var(--mono); overflow-wrap: anywhere; }
.finding:target { background: var(--accent-wash); outline: 0.75rem solid var(--accent-wash); border-radius: 2px; }
.code { margin: 0.5rem 0 0; padding: 0.75rem 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 0.5rem; color: var(--code); font: 0.84rem/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.code code { font: inherit; }
.line { display: block; padding: 0 1rem 0 4.25rem; position: relative; min-height: 1.55em; }
.line::before { content: attr(data-line); position: absolute; left: 0; width: 3.25rem; text-align: right; color: var(--soft); user-select: none; -webkit-user-select: none; }
.more { color: var(--soft); font-size: 0.85rem; margin: 0.35rem 0 0; }
.unseen { border: 1px solid var(--bad); border-radius: 2px; color: var(--bad); font: 0.85em var(--mono); padding: 0 0.2em; }
details { margin-top: 1.25rem; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; padding: 0.4rem 0; }

.motives { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 2rem; }
.motives h3, .columns h3 { margin-bottom: 0.5rem; }
.meaning { border-top: 2px solid var(--ink); padding-top: 1.25rem; }
.columns { columns: 2 20rem; column-gap: 2.5rem; font-size: 0.975rem; }
.columns > div { break-inside: avoid; margin-bottom: 1.75rem; }
footer { margin-top: 4rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }

.hljs-comment, .hljs-quote { color: var(--com); font-style: italic; }
.hljs-keyword, .hljs-literal, .hljs-selector-tag, .hljs-built_in, .hljs-operator, .hljs-meta .hljs-keyword { color: var(--kw); }
.hljs-string, .hljs-regexp, .hljs-char.escape_, .hljs-meta .hljs-string { color: var(--str); }
.hljs-number, .hljs-symbol { color: var(--num); }
.hljs-title, .hljs-title.function_ { color: var(--fn); }
.hljs-type, .hljs-title.class_, .hljs-meta, .hljs-attr, .hljs-property { color: var(--type); }
.hljs-subst, .hljs-params, .hljs-variable { color: var(--code); }

@media (max-width: 40rem) {
  body { font-size: 1rem; }
  h1 { font-size: 2rem; } h2 { font-size: 1.4rem; }
  section { margin-top: 2.75rem; }
  .masthead { padding-top: 2rem; }
  .verdict { grid-template-columns: 1fr; gap: 1.25rem; padding: 1.5rem 1.25rem; }
  .dial { width: 11rem; margin: 0 auto; }
  .scale { margin-left: 0; }
  .paths > li { grid-template-columns: 1fr auto; gap: 0.4rem 1rem; }
  .paths .range, .paths .detail { grid-column: 1 / -1; }
  .steps > li { grid-template-columns: 1fr; gap: 0.4rem; }
  .gain { display: flex; align-items: baseline; gap: 0.6rem; }
  .sides { padding: 1.25rem; }
  .what, .rest { grid-template-columns: 4.1rem minmax(0, 1fr); gap: 0.6rem; }
  .finding .detail { padding-left: 4.7rem; }
  .code { font-size: 0.78rem; margin-left: -0.5rem; margin-right: -0.5rem; }
  .line { padding: 0 0.6rem 0 3rem; }
  .line::before { width: 2.4rem; }
}
@media print {
  :root { --paper: #fff; --sheet: #fff; --wash: #f4f4f2; --ink: #000; --soft: #444; --line: #bbb; }
  @page { margin: 18mm 16mm; }
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; font-size: 1rem; line-height: 1.45; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { margin-top: 1.75rem; } .criterion { margin-top: 1.5rem; } .findings > li { margin-top: 1rem; }
  .masthead { padding-top: 0; }
  h2, h3, .about, .range, .bar, .what, .finding .detail { break-after: avoid; }
  .verdict, .sides, .steps > li, .paths > li, .finding, .code { break-inside: avoid; }
  .skip, summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .code { font-size: 0.8rem; } a { color: inherit; text-decoration: none; }
}
@media print and (prefers-color-scheme: dark) {
  :root { --accent: #1d5f63; --accent-wash: #d5e6e4; --good: #20613f; --bad: #9a3412; --open: #7a5310; --code: #2b2a27; --kw: #7a3e9d; --str: #1f6b43; --num: #9a3412; --com: #6a655c; --fn: #1b5e9b; --type: #7d5006; }
}
`;
