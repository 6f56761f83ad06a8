/** What no score rests on, what the numbers mean, and what made them. */
import { html } from 'hono/html';
import { languageName } from '../../../engine/syntax/languages/unjudged-languages.ts';
import { meaningOfScores } from '../meaning.ts';
import type { ReportModel } from '../report-model.ts';
import { count, dateWords, percent, placeOf, titleOf } from '../wording.ts';
import { quoted, sentence, type Fragment } from './fragment.ts';
import { FINDINGS } from './path-section.ts';

/** Files that are named. */
const FILES = 20;

export function leftOut({
  unjudgedLanguages,
  leftOut: files,
  leftOutCount,
}: ReportModel): Fragment {
  if (unjudgedLanguages.length === 0 && leftOutCount === 0) return html``;
  const languages = unjudgedLanguages.map(
    ({ language, lines, share }) =>
      html`<li>
        ${quoted(languageName(language))}: ${count(lines, 'line')}, ${percent(share)} of the code
      </li>`,
  );
  const shown = files.slice(0, FILES);
  const more = leftOutCount - shown.length;
  return html`<section aria-labelledby="left-out">
    <h2 id="left-out">What no score rests on</h2>
    ${
      languages.length === 0
        ? ''
        : html`<p>Code in languages that are not judged:</p>
            <ul class="plain">
              ${languages}
            </ul>`
    }
    ${
      shown.length === 0
        ? ''
        : html`<p>Files that were left out:</p>
            <ul class="plain">
              ${shown.map(({ path, reason }) => html`<li><code>${quoted(path)}</code>: ${sentence(reason)}</li>`)}
            </ul>`
    }
    ${more > 0 ? html`<p class="detail">And ${count(more, 'more file')}.</p>` : ''}
  </section>`;
}

export function motives({ motives: found }: ReportModel): Fragment {
  if (found.length === 0) return html``;
  return html`<section aria-labelledby="motives">
    <h2 id="motives">What the work seems to care about</h2>
    <p>
      Indications, not measurements: no public data was found to check them against. They enter no
      score and describe the work, not a person.
    </p>
    <ul class="motives">
      ${found.map(
        ({ motive_type, indicators, evidence }) =>
          html`<li>
            <h3>${titleOf(motive_type)}</h3>
            <ul class="plain">
              ${indicators.map((text) => html`<li>${sentence(text)}</li>`)}
            </ul>
            ${
              evidence.length === 0
                ? ''
                : html`<p class="detail">Seen: ${evidence.slice(0, 3).map(seen)}</p>`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}

type Sign = ReportModel['motives'][number]['evidence'][number];

function seen({ description, file, start_line }: Sign, index: number): Fragment {
  const place = placeOf({ file, startLine: start_line, endLine: null });
  return html`${index === 0 ? '' : ', '}${sentence(description)}${
    place === null ? '' : html` <span class="place">${quoted(place)}</span>`
  }`;
}

export function meaning(): Fragment {
  return html`<section aria-labelledby="meaning" class="meaning">
    <h2 id="meaning">What the scores mean, and what they do not</h2>
    <div class="columns">
      ${meaningOfScores().map(
        ({ title, paragraphs, list = [] }) =>
          html`<div>
            <h3>${title}</h3>
            ${paragraphs.map((text) => html`<p>${text}</p>`)}${
              list.length === 0
                ? ''
                : html`<p>Not claimed:</p>
                    <ul class="plain">
                      ${list.map((text) => html`<li>${text}</li>`)}
                    </ul>`
            }
          </div>`,
      )}
    </div>
  </section>`;
}

export function colophon(report: ReportModel): Fragment {
  const { id, timestamp, engineVersion, rubricVersion, inputSha256 } = report;
  return html`<footer>
    <p>
      Sono-Eval, engine ${engineVersion}, rubric ${rubricVersion}, ${dateWords(timestamp)}. The same
      submission gets the same scores from the same engine and rubric. Of each criterion this page
      quotes ${FINDINGS} findings at most; the CSV and SARIF reports have all that the result holds.
    </p>
    <p class="detail">Assessment <code>${id}</code>, input <code>${inputSha256}</code></p>
  </footer>`;
}
