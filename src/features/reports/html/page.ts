/**
 * The report as one file that needs nothing else: no script, no font, no image and no host. It is served, and can be
 * opened from disk, under a policy that allows its own style and nothing more.
 */
import { html, raw } from 'hono/html';
import type { ReportModel } from '../report-model.ts';
import { dateWords } from '../wording.ts';
import { colophon, leftOut, meaning, motives } from './closing.ts';
import type { Fragment } from './fragment.ts';
import { masthead, pathsOverview, whatCounted, whatNext } from './overview.ts';
import { pathSection } from './path-section.ts';
import { contentPolicy } from './policy.ts';
import { style } from './style.ts';

/** Outside the template: the hash in the policy is of its very text. */
const styleElement = raw(`<style>${style}</style>`);

export async function toHtml(report: ReportModel): Promise<string> {
  return String(await page(report));
}

function page(report: ReportModel): Fragment {
  const { candidate, timestamp, paths, languages } = report;
  const onlyLanguage = languages.length === 1 ? (languages[0] ?? null) : null;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>Assessment of ${candidate}, ${dateWords(timestamp)}</title>
        ${styleElement}
      </head>
      <body>
        <a class="skip" href="#paths">To the scores</a>
        ${masthead(report)}
        <main>
          ${pathsOverview(report)}${whatNext(report)}${whatCounted(report)}
          ${paths.map((path) => pathSection(path, onlyLanguage))}
          ${leftOut(report)}${motives(report)}${meaning()}
        </main>
        ${colophon(report)}
      </body>
    </html> `;
}
