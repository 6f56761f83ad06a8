/** Charts as inline SVG: enough of a panel to judge data, units, thresholds and legends. */
import type { PlacedPanel, Threshold } from '#grafana/plain.ts';
import type { Series } from '#test/grafana/prometheus-api.ts';
import { format } from './preview-format.ts';

/** One line of a chart, with its legend filled in. */
export interface Line {
  name: string;
  points: [number, number][];
}

const palette = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#b877d9',
  '#8ab8ff',
  '#e0b400',
  '#fade2a',
  '#96d98d',
  '#ca95e5',
  '#fa6400',
  '#3274d9',
];
const named: Record<string, string> = {
  green: '#73bf69',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
};

export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

export function linesOf(legend: string, series: Series[]): Line[] {
  return series.map(({ metric, values }) => ({
    name: legend
      .replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? '')
      .trim(),
    points: values.filter(([, value]) => Number.isFinite(value)),
  }));
}

export function colourOf(value: number, steps: readonly Threshold[]): string {
  const step = steps.findLast((one) => one.value === null || value >= one.value);
  return named[step?.color ?? ''] ?? '#73bf69';
}

interface Span {
  start: number;
  end: number;
}

interface Box {
  width: number;
  height: number;
}

export function drawLines(panel: PlacedPanel, lines: Line[], span: Span, box: Box): string {
  const { unit = 'none', thresholds, max, custom } = panel.fieldConfig.defaults;
  const style = custom as {
    drawStyle?: string;
    stacking?: { mode?: string };
    thresholdsStyle?: { mode?: string };
    scaleDistribution?: { type?: string };
  };
  const symlog = style.scaleDistribution?.type === 'symlog';
  const scale = (value: number) => (symlog && value > 1 ? 1 + Math.log10(value) : value);
  const stacked = style.stacking?.mode === 'normal';
  const drawn = stacked
    ? stack(lines)
    : lines.map((line) => ({ ...line, base: new Map<number, number>() }));
  const values = drawn.flatMap(({ points }) => points.map(([, value]) => value));
  const low = panel.fieldConfig.defaults.min ?? Math.min(0, ...values);
  const top = Math.max(...values, low);
  const high = max ?? (top > low ? low + (top - low) * 1.08 : low + 1);
  const legendRows = Math.min(lines.length, 6);
  const plot = {
    x: 62,
    y: 8,
    w: box.width - 72,
    h: box.height - 34 - legendRows * 17 - (legendRows > 0 ? 17 : 0),
  };
  const x = (time: number) => plot.x + ((time - span.start) / (span.end - span.start)) * plot.w;
  const y = (value: number) =>
    plot.y + plot.h - ((scale(value) - scale(low)) / (scale(high) - scale(low))) * plot.h;
  const ticks = symlog
    ? [0, 1, 10, 100, 1000].filter((tick) => tick <= high)
    : [0, 0.25, 0.5, 0.75, 1].map((part) => low + (high - low) * part);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${plot.x}" x2="${plot.x + plot.w}" y1="${y(tick)}" y2="${y(tick)}" stroke="#2c3235"/><text x="${plot.x - 6}" y="${y(tick) + 4}" text-anchor="end">${escape(format(tick, unit))}</text>`,
  );
  const times = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const time = span.start + (span.end - span.start) * part;
    return `<text x="${x(time)}" y="${plot.y + plot.h + 16}" text-anchor="${part === 1 ? 'end' : 'middle'}">${new Date(time * 1000).toISOString().slice(11, 19)}</text>`;
  });
  const shapes = drawn.map(({ points, base }, index) => {
    const colour = palette[index % palette.length] ?? '';
    if (style.drawStyle === 'bars') {
      return points
        .map(
          ([time, value]) =>
            `<rect x="${x(time) - 1}" y="${y(value)}" width="2" height="${y(base.get(time) ?? 0) - y(value)}" fill="${colour}"/>`,
        )
        .join('');
    }
    const path = segments(points, span)
      .map(
        (part) =>
          `<polyline points="${part.map(([time, value]) => `${x(time)},${y(value)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.4"/>`,
      )
      .join('');
    const area = stacked
      ? segments(points, span)
          .map(
            (part) =>
              `<polygon points="${[...part.map(([time, value]) => `${x(time)},${y(value)}`), ...part.toReversed().map(([time]) => `${x(time)},${y(base.get(time) ?? 0)}`)].join(' ')}" fill="${colour}" opacity="0.4"/>`,
          )
          .join('')
      : '';
    return area + path;
  });
  const limits = style.thresholdsStyle?.mode === 'dashed' ? (thresholds?.steps ?? []) : [];
  const dashes = limits
    .filter(({ value }) => value !== null && value >= low && value <= high)
    .map(
      ({ value, color }) =>
        `<line x1="${plot.x}" x2="${plot.x + plot.w}" y1="${y(value ?? 0)}" y2="${y(value ?? 0)}" stroke="${named[color] ?? color}" stroke-dasharray="6 4" stroke-width="1.5"/>`,
    );
  return `<svg width="${box.width}" height="${box.height}">${grid.join('')}${times.join('')}<clipPath id="c${panel.id}"><rect x="${plot.x}" y="${plot.y - 2}" width="${plot.w}" height="${plot.h + 4}"/></clipPath><g clip-path="url(#c${panel.id})">${shapes.join('')}</g>${dashes.join('')}${legend(lines, unit, box, plot.y + plot.h + 32, legendRows)}</svg>`;
}

function legend(lines: Line[], unit: string, box: Box, top: number, rows: number): string {
  if (rows === 0) return '';
  const columns = [200, 135, 70].map((right) => box.width - right + 50);
  const head = ['Mean', 'Max', 'Last'].map(
    (name, i) =>
      `<text x="${columns[i]}" y="${top}" text-anchor="end" fill="#6e9fff">${name}</text>`,
  );
  const body = lines.slice(0, rows).map(({ name, points }, index) => {
    const values = points.map(([, value]) => value);
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    const numbers = values.length === 0 ? [] : [mean, Math.max(...values), values.at(-1) ?? 0];
    const y = top + (index + 1) * 17;
    const more = index === rows - 1 && lines.length > rows ? ` (+${lines.length - rows})` : '';
    const width = Math.floor((box.width - 210) / 6.2);
    const text = name.length > width ? `${name.slice(0, width)}…` : name;
    return `<rect x="10" y="${y - 7}" width="14" height="4" fill="${palette[index % palette.length]}"/><text x="30" y="${y}">${escape(text + more)}</text>${numbers.map((value, i) => `<text x="${columns[i]}" y="${y}" text-anchor="end">${escape(Number.isFinite(value) ? format(value, unit) : '')}</text>`).join('')}`;
  });
  return head.join('') + body.join('');
}

/** A gap of more than three steps is a gap. */
function segments(points: [number, number][], span: Span): [number, number][][] {
  const gap = Math.max(4, ((span.end - span.start) / 120) * 3);
  const parts: [number, number][][] = [];
  let last = -Infinity;
  for (const point of points) {
    if (point[0] - last > gap) parts.push([]);
    parts.at(-1)?.push(point);
    last = point[0];
  }
  return parts;
}

function stack(lines: Line[]): (Line & { base: Map<number, number> })[] {
  const sums = new Map<number, number>();
  return lines.map(({ name, points }) => {
    const base = new Map(points.map(([time]) => [time, sums.get(time) ?? 0]));
    const raised = points.map(([time, value]): [number, number] => [
      time,
      value + (base.get(time) ?? 0),
    ]);
    for (const [time, value] of raised) sums.set(time, value);
    return { name, points: raised, base };
  });
}

export function drawStates(panel: PlacedPanel, lines: Line[], span: Span, box: Box): string {
  const mapping = panel.fieldConfig.defaults.mappings?.[0];
  const options = (mapping?.type === 'value' ? mapping.options : {}) as Record<
    string,
    { text?: string; color?: string }
  >;
  const left = 170;
  const row = Math.min(30, (box.height - 26) / Math.max(1, lines.length));
  const x = (time: number) =>
    left + ((time - span.start) / (span.end - span.start)) * (box.width - left - 10);
  const rows = lines.map(({ name, points }, index) => {
    const y = 4 + index * row;
    const bars = points.map(([time, value], i) => {
      const end = points[i + 1]?.[0] ?? span.end;
      const colour = named[options[String(value)]?.color ?? ''] ?? '#888';
      return `<rect x="${x(time)}" y="${y}" width="${Math.max(1, x(end) - x(time) + 0.5)}" height="${row * 0.8}" fill="${colour}" opacity="0.7"/>`;
    });
    const last = options[String(points.at(-1)?.[1])]?.text ?? '';
    return `<text x="${left - 8}" y="${y + row * 0.55}" text-anchor="end">${escape(name)}</text>${bars.join('')}<text x="${box.width - 16}" y="${y + row * 0.55}" text-anchor="end" fill="#111">${escape(last)}</text>`;
  });
  return `<svg width="${box.width}" height="${box.height}">${rows.join('')}</svg>`;
}

export function drawHeatmap(panel: PlacedPanel, series: Series[], span: Span, box: Box): string {
  const unit = panel.fieldConfig.defaults.unit ?? 'none';
  const buckets = series
    .map(({ metric, values }) => ({
      le: Number(metric['le']?.replace('+Inf', 'Infinity')),
      values: new Map(values),
    }))
    .sort((a, b) => a.le - b.le);
  const times = [...new Set(series.flatMap(({ values }) => values.map(([time]) => time)))].sort(
    (a, b) => a - b,
  );
  const cells = times.flatMap((time) =>
    buckets.map(({ values }, row) => ({
      time,
      row,
      value: (values.get(time) ?? 0) - (buckets[row - 1]?.values.get(time) ?? 0),
    })),
  );
  const most = Math.max(...cells.map(({ value }) => value), 1e-9);
  const left = 62;
  const w = (box.width - left - 10) / Math.max(1, times.length);
  const h = (box.height - 26) / Math.max(1, buckets.length);
  const drawn = cells
    .filter(({ value }) => value > 1e-9)
    .map(
      ({ time, row, value }) =>
        `<rect x="${left + times.indexOf(time) * w}" y="${4 + (buckets.length - 1 - row) * h}" width="${Math.max(1, w)}" height="${h - 1}" fill="#ff9830" opacity="${(0.15 + 0.85 * Math.sqrt(value / most)).toFixed(2)}"/>`,
    );
  const labels = buckets.map(
    ({ le }, row) =>
      `<text x="${left - 6}" y="${4 + (buckets.length - 1 - row) * h + h * 0.7}" text-anchor="end">${escape(Number.isFinite(le) ? format(le, unit) : '+Inf')}</text>`,
  );
  const ends = [span.start, span.end].map(
    (time, i) =>
      `<text x="${i === 0 ? left : box.width - 10}" y="${box.height - 6}" text-anchor="${i === 0 ? 'start' : 'end'}">${new Date(time * 1000).toISOString().slice(11, 19)}</text>`,
  );
  return `<svg width="${box.width}" height="${box.height}">${drawn.join('')}${labels.join('')}${ends.join('')}</svg>`;
}
