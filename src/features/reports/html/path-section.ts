/** A path with its criteria, each finding beside its code. */
import { html } from 'hono/html';
import { leadingFindings } from '../leading-findings.ts';
import { confidenceWords } from '../meaning.ts';
import type { Effect, Finding, ReportCriterion, ReportPath } from '../report-model.ts';
import {
  chance,
  count,
  partOnly,
  pathAbout,
  percent,
  placeOf,
  questionOf,
  signed,
} from '../wording.ts';
import { bar, rangeChart } from './charts.ts';
import { codeWindow } from './code-window.ts';
import { quoted, sentence, type Fragment } from './fragment.ts';

/** Findings of a criterion with their code; what is beyond is told by number and points. */
export const FINDINGS = 10;
/** And those of them that stand there at once; the others unfold. */
const AT_ONCE = 3;

const MINUS = '−';

/** Whether a finding of this number is on the page, and not only counted. */
export function isOnPage(finding: string): boolean {
  return Number(finding.split('.').at(-1)) <= FINDINGS;
}

/**
 * @param onlyLanguage the language of a file without an extension; null where there are several
 * @returns nothing for a path without any criterion that applies: the overview says why
 */
export function pathSection(path: ReportPath, onlyLanguage: string | null): Fragment {
  const { number, name, title, score } = path;
  const applying = path.criteria.filter((criterion) => criterion.score !== null);
  if (applying.length === 0) return html``;
  const head =
    score === null
      ? unscored(path)
      : html`${rangeChart(path)}${trust(path)}${held(path)}${sides(path)}`;
  return html`<section class="path" aria-labelledby="${name}">
    <h2 id="${name}">
      <span class="no">${number}</span> ${title}
      <span class="value">${score ?? 'not judged'}</span>
    </h2>
    <p class="about">Looks at ${pathAbout(name)}.</p>
    ${head}${applying.map((criterion) => criterionBlock(criterion, path, onlyLanguage))}
    ${notApplicable(path)}
  </section>`;
}

function unscored({ reason }: ReportPath): Fragment {
  return html`<p>${sentence(reason ?? 'There was not enough to judge by.')} ${partOnly}</p>`;
}

function trust({ interval, confidence, confidenceParts }: ReportPath): Fragment {
  const range =
    interval === null
      ? ''
      : html`Range <strong>${interval[0]} to ${interval[1]}</strong>, confidence `;
  return html`<p class="trust">
    ${range}<strong>${chance(confidence)}</strong>
    <span class="detail">(${confidenceWords(confidenceParts)})</span>
  </p>`;
}

function held({ meanOfCriteria, score }: ReportPath): Fragment {
  if (meanOfCriteria === null) return html``;
  return html`<p class="held">
    The criteria come to ${meanOfCriteria}. A serious finding among them holds the path at ${score}
    until it is settled.
  </p>`;
}

function sides({ strengths, improvements }: ReportPath): Fragment {
  const side = (title: string, kind: string, items: string[]) =>
    items.length === 0
      ? ''
      : html`<div class="${kind}">
          <h3>${title}</h3>
          <ul class="plain">
            ${items.map((text) => html`<li>${sentence(text)}</li>`)}
          </ul>
        </div>`;
  if (strengths.length + improvements.length === 0) return html``;
  return html`<div class="sides">
    ${side('What works', 'works', strengths)}${side('What to look at', 'look', improvements)}
  </div>`;
}

function criterionBlock(
  criterion: ReportCriterion,
  path: ReportPath,
  onlyLanguage: string | null,
): Fragment {
  const { number, title, name, score, share, explanation, findings } = criterion;
  const counts = path.score === null ? '' : `Counts for ${percent(share)} of ${path.title}.`;
  const question = questionOf(name);
  return html`<section class="criterion">
    <h3><span class="no">${number}</span> ${title} <span class="value">${score}</span></h3>
    ${bar(score ?? 0)}
    <p class="detail">${question === null ? '' : `${question} `}${counts}</p>
    ${explanation === '' ? '' : html`<p>${sentence(explanation)}</p>`}${findingList(
      findings,
      onlyLanguage,
    )}
  </section>`;
}

function findingList(findings: readonly Finding[], onlyLanguage: string | null): Fragment {
  const { shown, rest } = leadingFindings(findings, FINDINGS);
  if (shown.length === 0 && rest === null) return html``;
  const quotedAt = new Map<string, string>();
  const items = shown.map((finding) => {
    const place = String(placeOf(finding));
    const before = quotedAt.get(place);
    if (before === undefined && finding.snippet !== null) quotedAt.set(place, finding.number);
    return findingItem(
      finding,
      before === undefined
        ? codeWindow(finding, onlyLanguage)
        : html`<p class="more">The code stands at <a href="#f${before}">${before}</a>.</p>`,
    );
  });
  const later = items.slice(AT_ONCE);
  return html`<ul class="findings">
      ${items.slice(0, AT_ONCE)}
    </ul>
    ${
      later.length === 0
        ? ''
        : html`<details>
            <summary>${count(later.length, 'more finding')}</summary>
            <ul class="findings">
              ${later}
            </ul>
          </details>`
    }${
      rest === null
        ? ''
        : html`<p class="rest">
            <span class="points ${rest.points < 0 ? 'cost' : 'noted'}"
              >${signed(rest.points, MINUS)}</span
            >
            ${count(rest.count, 'further finding')} of less weight, together.
          </p>`
    }`;
}

const effects: Record<Effect, string> = {
  earned: 'earned',
  cost: 'cost',
  open: 'not earned yet',
  noted: 'noted',
};

function findingItem(finding: Finding, code: Fragment): Fragment {
  const { number, effect, points, text, rule } = finding;
  const place = placeOf(finding);
  return html`<li class="finding" id="f${number}">
    <p class="what">
      <span class="points ${effect}">${signed(points, MINUS)}</span>
      <span class="said">${text === '' ? rule : sentence(text)}</span>
    </p>
    <p class="detail">
      <span class="no">${number}</span> ${effects[effect]}${
        place === null ? '' : html` · <span class="place">${quoted(place)}</span>`
      }
    </p>
    ${code}
  </li>`;
}

function notApplicable({ criteria }: ReportPath): Fragment {
  const items = criteria.filter(({ score }) => score === null);
  if (items.length === 0) return html``;
  return html`<section class="criterion">
    <h3>Not applicable here</h3>
    <p class="detail">Left out of the score; they count neither for nor against it.</p>
    <ul class="plain">
      ${items.map(
        ({ title, explanation }) =>
          html`<li>
            <strong>${title}</strong>${
              explanation === ''
                ? ''
                : html`: ${sentence(explanation.replace(/^Not applicable: /, ''))}`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}
