import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { realEngine } from '#test/support/engine.ts';

interface Claims {
  name: string;
  files: { path: string; content: string[] }[];
  /** Sentences and advice, or parts of some, that would be false of these files. */
  absent: string[];
  /** Sentences that are true of them. */
  present: string[];
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/engine-cases/claims.json', import.meta.url), 'utf8'),
) as Claims[];

describe('what is said of small submissions', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  for (const { name, files, absent, present } of cases)
    it(`is true: ${name}`, () => {
      const result = run(
        { files: files.map(({ path, content }) => ({ path, content: content.join('\n') })) },
        { submission_type: 'project' },
      );
      const said = result.path_scores.flatMap(({ metrics }) =>
        metrics.flatMap(({ evidence, explanation }) => [
          ...evidence.map(({ description }) => description),
          explanation,
        ]),
      );
      const advice = result.recommendations.map((one) =>
        typeof one === 'string' ? one : one.text,
      );
      // How a score is made up follows what an explanation says.
      const isSaid = (sentence: string): boolean => said.some((one) => one.startsWith(sentence));
      assert.deepEqual(
        [...said, ...advice].filter((sentence) => absent.some((part) => sentence.includes(part))),
        [],
      );
      assert.deepEqual(
        present.filter((sentence) => !isSaid(sentence)),
        [],
        said.join('\n'),
      );
    });
});
