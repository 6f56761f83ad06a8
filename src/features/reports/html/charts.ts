/**
 * Charts as SVG within the page. What they show stands beside them as text, so that they are hidden from
 * screen readers; they have no text of their own, which would be too small on a phone.
 */
import { scaleLinear } from 'd3-scale';
import { arc } from 'd3-shape';
import { html, raw } from 'hono/html';
import type { ReportPath } from '../report-model.ts';
import type { Fragment } from './fragment.ts';

/** Coordinates to a tenth: the rest would only fill the file. */
const DIGITS = 1;

const angle = scaleLinear([0, 100], [-0.7 * Math.PI, 0.7 * Math.PI]).clamp(true);
const ring = arc<{ from: number; to: number }>()
  .innerRadius(82)
  .outerRadius(94)
  .cornerRadius(6)
  .startAngle(({ from }) => angle(from))
  .endAngle(({ to }) => angle(to))
  .digits(DIGITS);

/** The score on an open ring from 0 to 100; empty where there is none. */
export function gauge(score: number | null): Fragment {
  const filled = ring({ from: 0, to: Math.max(score ?? 0, 1) });
  return html`<svg class="gauge" viewBox="-100 -100 200 176" aria-hidden="true" focusable="false">
    <path class="track" d="${ring({ from: 0, to: 100 }) ?? ''}" />
    ${score === null ? '' : html`<path class="value" d="${filled ?? ''}" />`}
  </svg>`;
}

/** Units of the scale: a tenth of a point, so that no coordinate needs a fraction. */
const along = scaleLinear([0, 100], [0, 1000]).clamp(true);
const HEIGHT = 24;
const at = (score: number): number => Math.round(along(score));

/** From 0 to 100: the range as a band, the score as a mark in it, with lines at the quarters. */
export function rangeChart({ score, interval }: Pick<ReportPath, 'score' | 'interval'>): Fragment {
  if (score === null) return html``;
  const [low, high] = interval ?? [score, score];
  const ticks = along
    .ticks(4)
    .map((tick) => html`<path class="tick" d="M${at(tick)} 0V${HEIGHT}" />`);
  return html`<svg
    class="range"
    viewBox="0 0 1000 ${HEIGHT}"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    ${ticks}
    <path class="band" d="M${at(low)} 6H${at(high)}V18H${at(low)}Z" />
    <path class="mark" d="M${at(score)} 0V${HEIGHT}" />
  </svg>`;
}

/** A bar of one score. */
export function bar(score: number): Fragment {
  return html`<svg
    class="bar"
    viewBox="0 0 1000 6"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    ${raw(
      `<path class="track" d="M0 0H1000V6H0Z"/><path class="value" d="M0 0H${at(score)}V6H0Z"/>`,
    )}
  </svg>`;
}
