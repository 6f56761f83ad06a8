/** What a reader sees first: the score, what it rests on, the paths, what counted most and what to do next. */
import { html } from 'hono/html';
import { languageName } from '../../../engine/syntax/languages/unjudged-languages.ts';
import { inShort } from '../meaning.ts';
import type { NextStep, ReportModel, ReportPath } from '../report-model.ts';
import {
  afterAppeals,
  appealsWords,
  chance,
  countsAsWords,
  dateWords,
  placeOf,
} from '../wording.ts';
import { gauge, rangeChart } from './charts.ts';
import { quoted, sentence, type Fragment } from './fragment.ts';
import { isOnPage } from './path-section.ts';

export function masthead(report: ReportModel): Fragment {
  const { candidate, score, humanScore, confidence, summary } = report;
  const value =
    score === null
      ? html`<p class="score none">No score</p>`
      : html`<p class="score">
          <span class="number">${score}</span> <span class="of">of 100</span>
        </p>`;
  return html`<header class="masthead">
    <p class="kicker">Assessment</p>
    <h1>${quoted(candidate)}</h1>
    ${facts(report)}
    <div class="verdict">
      <div class="dial">${gauge(score)}${value}</div>
      <div class="lead">
        <p class="summary">${sentence(summary)}</p>
        ${humanScore === null ? '' : html`<p class="appealed">${appealsWords(humanScore)}</p>`}
        ${score === null ? '' : html`<p>Confidence in it: <strong>${chance(confidence)}</strong>, the mean of the paths.</p>`}
        <p class="caution">
          ${inShort} <a href="#meaning">What the scores mean, and what they do not</a>
        </p>
      </div>
    </div>
  </header>`;
}

function facts({ timestamp, challenge, labels, languages }: ReportModel): Fragment {
  const known = languages.map((language) => languageName(language)).join(', ');
  return html`<dl class="facts">
    ${fact('Assessed', dateWords(timestamp))}${challenge === null ? '' : fact('Challenge', challenge)}${
      labels.length === 0 ? '' : fact('Labels', labels.join(', '))
    }${known === '' ? '' : fact('Languages', known)}
  </dl>`;
}

const fact = (name: string, value: string): Fragment =>
  html`<div>
    <dt>${name}</dt>
    <dd>${quoted(value)}</dd>
  </div>`;

export function pathsOverview({ paths }: ReportModel): Fragment {
  return html`<section aria-labelledby="paths">
    <h2 id="paths">The paths</h2>
    ${paths.some(({ score }) => score !== null) ? key : ''}
    <ul class="paths">
      ${paths.map(pathRow)}
    </ul>
  </section>`;
}

const key = html`<p class="key">
    <span><i class="key-mark"></i> score</span>
    <span><i class="key-band"></i> range it may lie in</span>
  </p>
  <p class="scale" aria-hidden="true">
    ${[0, 25, 50, 75, 100].map((tick) => html`<span>${tick}</span>`)}
  </p>`;

function pathRow(path: ReportPath, index: number, all: readonly ReportPath[]): Fragment {
  const { name, title, score, humanScore, interval, confidence, countsAs } = path;
  const appealed = humanScore === null ? '' : `; ${afterAppeals(humanScore)}`;
  const counts = countsAs === null ? '' : `; ${countsAsWords(countsAs)}`;
  if (score === null) {
    const isShown = path.criteria.some((criterion) => criterion.score !== null);
    const isSame = index > 0 && all[index - 1]?.reason === path.reason;
    const reason = isSame
      ? 'For the same reason'
      : (path.reason ?? 'There was not enough to judge by');
    return html`<li class="unscored">
      ${isShown ? html`<a href="#${name}">${title}</a>` : html`<strong>${title}</strong>`}
      <span class="value">not judged</span>
      <span class="detail">${sentence(reason.replace(/\.$/, ''))}${counts}.</span>
    </li>`;
  }
  const range = interval === null ? '' : `range ${interval[0]} to ${interval[1]}, `;
  return html`<li>
    <a href="#${name}">${title}</a> <span class="value">${score}</span> ${rangeChart(path)}
    <span class="detail">${range}confidence ${chance(confidence)}${counts}${appealed}</span>
  </li>`;
}

export function whatCounted({ keyFindings, score }: ReportModel): Fragment {
  if (keyFindings.length === 0 || score === null) return html``;
  return html`<section aria-labelledby="counted">
    <h2 id="counted">What moved the scores most</h2>
    <ul class="plain">
      ${keyFindings.map((text) => html`<li>${sentence(text)}</li>`)}
    </ul>
  </section>`;
}

export function whatNext({ nextSteps, score }: ReportModel): Fragment {
  if (score === null) return html``;
  const list =
    nextSteps.length === 0
      ? html`<p>
          No single change was found that would raise a path by a tenth of a point or more. What
          cost points, or has not earned any, stands with each path.
        </p>`
      : html`<p>
            The changes that would raise a path most. Each gain was found by scoring the submission
            again as if the change had been made.
          </p>
          <ol class="steps">
            ${nextSteps.map(step)}
          </ol>`;
  return html`<section aria-labelledby="next">
    <h2 id="next">What to do next</h2>
    ${list}
  </section>`;
}

const efforts = {
  small: 'a few lines to write or change',
  medium: 'a function or a page to write or change',
  large: 'more than a page to write or change',
} as const;

function step({ text, gain, path, criterion, effort, finding, ...at }: NextStep): Fragment {
  const place = placeOf({ ...at, endLine: null });
  const isNamed = place !== null && text.includes(at.file ?? '');
  return html`<li>
    <p class="gain"><span class="points">+${gain}</span> <span>${path}</span></p>
    <div>
      <p>${sentence(text)}</p>
      <p class="detail">
        ${criterion}${effort === null ? '' : ` · ${efforts[effort]}`}${
          place === null || isNamed ? '' : html` · <code>${quoted(place)}</code>`
        }${finding === null || !isOnPage(finding) ? '' : html` · <a href="#f${finding}">see finding ${finding}</a>`}
      </p>
    </div>
  </li>`;
}
