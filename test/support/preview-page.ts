/** A dashboard as one static page. It is not Grafana: it shows data, units, thresholds and layout. */
import type { Dashboard, Override, PlacedPanel, RowPanel } from '#grafana/plain.ts';
import type { Series } from '#test/grafana/prometheus-api.ts';
import { colourOf, drawHeatmap, drawLines, drawStates, escape, linesOf } from './preview-chart.ts';
import { format } from './preview-format.ts';

export interface Span {
  start: number;
  end: number;
  step: number;
}

/** Answers of a panel's targets, in their order. */
export type Answers = Series[][];

const WIDTH = 1600;
/** Grafana's: 30 px a row and 8 px between. */
const ROW = 38;
const GAP = 8;

const style = `body{margin:0;background:#111217;color:#ccccdc;font:12px "DejaVu Sans",sans-serif}
header{padding:10px 16px;font-size:16px}header small{color:#8e8ea0;font-size:12px;display:block;margin-top:4px}
main{position:relative;margin:0 8px}section,h2{position:absolute;box-sizing:border-box;margin:0}
section{background:#181b1f;border:1px solid #2c2f36;border-radius:2px;overflow:hidden}
h2{font-size:14px;padding:8px 4px}h3{font-size:13px;margin:0;padding:7px 10px;font-weight:500;display:flex;gap:8px;white-space:nowrap}
h3 small{color:#8e8ea0;margin-left:auto;font-weight:400;font-size:11px;overflow:hidden;text-overflow:ellipsis}svg text{fill:#a5a5b5;font-size:11px}
.stat{display:flex;justify-content:space-around;align-items:center}
.stat div{text-align:center;font-size:12px}.stat b{display:block;font-weight:500}
table{border-collapse:collapse;width:100%;font-size:12px}td,th{text-align:left;padding:5px 10px;border-bottom:1px solid #2c2f36;font-weight:400}
th{color:#6e9fff}.none{color:#8e8ea0;text-align:center;padding-top:20px}`;

export function drawPage(
  dashboard: Dashboard,
  answers: ReadonlyMap<number, Answers>,
  span: Span,
): { html: string; width: number; height: number } {
  const height = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * ROW;
  const panels = dashboard.panels.map((panel) =>
    drawPanel(panel, answers.get(panel.id) ?? [], span),
  );
  const html = `<!doctype html><meta charset="utf-8"><title>${escape(dashboard.title)}</title><style>${style}</style>
<header>${escape(dashboard.title)}<small>Preview drawn by this project from the panels and real query results. It is not Grafana's own rendering. ${escape(dashboard.description ?? '')}</small></header>
<main style="height:${height}px">${panels.join('\n')}</main>`;
  return { html, width: WIDTH, height: height + 80 };
}

function drawPanel(panel: PlacedPanel | RowPanel, answers: Answers, span: Span): string {
  const column = (WIDTH - 16) / 24;
  const { x, y, w, h } = panel.gridPos;
  const box = { width: Math.round(w * column - GAP), height: h * ROW - GAP };
  const place = `left:${x * column}px;top:${y * ROW}px;width:${box.width}px;height:${box.height}px`;
  if (panel.type === 'row') return `<h2 style="${place}">▾ ${escape(panel.title ?? '')}</h2>`;
  const inner = { width: box.width - 2, height: box.height - 36 };
  const body =
    answers.flat().length === 0
      ? `<div class="none">${escape(panel.fieldConfig.defaults.noValue ?? 'No data')}</div>`
      : drawBody(panel, answers, span, inner);
  return `<section style="${place}"><h3>${escape(panel.title)}<small>${panel.links.map(({ title }) => escape(title)).join(' · ')}</small></h3>${body}</section>`;
}

function drawBody(
  panel: PlacedPanel,
  answers: Answers,
  span: Span,
  box: { width: number; height: number },
): string {
  const lines = () =>
    answers.flatMap((series, i) => linesOf(panel.targets[i]?.legendFormat ?? '', series));
  if (panel.type === 'timeseries') return drawLines(panel, lines(), span, box);
  if (panel.type === 'state-timeline') return drawStates(panel, lines(), span, box);
  if (panel.type === 'heatmap') return drawHeatmap(panel, answers.flat(), span, box);
  if (panel.type === 'stat') return drawStat(panel, lines(), box);
  return drawTable(panel, answers);
}

function drawStat(
  panel: PlacedPanel,
  lines: { name: string; points: [number, number][] }[],
  box: { width: number; height: number },
): string {
  const { unit = 'none', decimals, thresholds, mappings } = panel.fieldConfig.defaults;
  const mapping = mappings?.[0];
  const words = (mapping?.type === 'value' ? mapping.options : {}) as Record<
    string,
    { text?: string }
  >;
  const size = Math.min(box.height / 3, box.width / Math.max(1, lines.length) / 5, 40);
  const numbers = lines.map(({ name, points }) => {
    const value = points.at(-1)?.[1] ?? Number.NaN;
    const text = words[String(value)]?.text ?? format(value, unit, decimals);
    const colour = colourOf(value, thresholds?.steps ?? []);
    return `<div>${lines.length > 1 ? escape(name) : ''}<b style="color:${colour};font-size:${size}px">${escape(text)}</b></div>`;
  });
  return `<div class="stat" style="height:${box.height - 8}px">${numbers.join('')}</div>`;
}

interface Column {
  field: string;
  title: string;
}

function drawTable(panel: PlacedPanel, answers: Answers): string {
  const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options as {
    excludeByName: Record<string, boolean>;
    indexByName: Record<string, number>;
    renameByName: Record<string, string>;
  };
  const rows = new Map<string, Record<string, string | number>>();
  answers.forEach((series, i) => {
    const field = answers.length === 1 ? 'Value' : `Value #${panel.targets[i]?.refId}`;
    for (const { metric, values } of series) {
      const key = JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
      rows.set(key, { ...metric, ...rows.get(key), [field]: values.at(-1)?.[1] ?? '' });
    }
  });
  const fields = [...new Set([...rows.values()].flatMap((row) => Object.keys(row)))]
    .filter((field) => organize.excludeByName[field] !== true)
    .sort((a, b) => (organize.indexByName[a] ?? 99) - (organize.indexByName[b] ?? 99));
  const columns: Column[] = fields.map((field) => ({
    field,
    title: organize.renameByName[field] ?? field,
  }));
  const options = panel.options as { sortBy?: { displayName: string; desc?: boolean }[] };
  const sort = columns.find(({ title }) => title === options.sortBy?.[0]?.displayName)?.field ?? '';
  const up = options.sortBy?.[0]?.desc === true ? 1 : -1;
  const sorted = [...rows.values()].sort((a, b) => ((a[sort] ?? 0) < (b[sort] ?? 0) ? up : -up));
  const head = columns.map(({ title }) => `<th>${escape(title)}</th>`).join('');
  const body = sorted.map(
    (row) =>
      `<tr>${columns.map(({ field, title }) => cell(panel, title, row[field])).join('')}</tr>`,
  );
  return `<table><tr>${head}</tr>${body.join('')}</table>`;
}

function cell(panel: PlacedPanel, title: string, value: string | number | undefined): string {
  if (typeof value !== 'number') return `<td>${escape(value ?? '')}</td>`;
  const override = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === title);
  const of = (id: string) =>
    override?.properties.find((property: Override['properties'][number]) => property.id === id)
      ?.value as unknown;
  const unit = (of('unit') as string | undefined) ?? panel.fieldConfig.defaults.unit ?? 'none';
  const steps = (of('thresholds') as { steps: Parameters<typeof colourOf>[1] } | undefined)?.steps;
  const colour = steps === undefined ? '' : ` style="color:${colourOf(value, steps)}"`;
  return `<td${colour}>${escape(format(value, unit, of('decimals') as number | undefined))}</td>`;
}
