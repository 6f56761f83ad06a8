/** What a path is praised and blamed for, in a sentence each, against the evidence of the same result. */
import assert from 'node:assert/strict';
import type { MetricScore, PathScore } from '#src/engine/result-schema.ts';
import { realEngine } from '#test/support/engine.ts';
import { realProjects } from '#test/support/gaming/projects.ts';

/** Every fourth, for the time that it takes. */
const projects = realProjects().filter((_, n) => n % 4 === 0);

describe('strengths and areas for improvement', () => {
  const said: { metric: MetricScore; text: string; isStrength: boolean }[] = [];
  before(async () => {
    const run = await realEngine();
    for (const { files } of projects)
      for (const path of run({ files }).path_scores) {
        path.strengths.forEach((text) =>
          said.push({ ...criterionOf(path, text), isStrength: true }),
        );
        path.areas_for_improvement.forEach((text) =>
          said.push({ ...criterionOf(path, text), isStrength: false }),
        );
      }
  });

  it('say the score with the fact where the fact alone does not tell good from bad', () => {
    assert.ok(said.length > 50);
    for (const { metric, text, isStrength } of said) {
      const hasFault = metric.evidence.some(({ points }) => points < 0);
      const withScore = text.endsWith(` (${metric.score} of 100).`);
      if (isStrength) assert.equal(withScore, hasFault, `${metric.name}: ${text}`);
      else if (withScore) assert.equal(metric.base, 0, `${metric.name}: ${text}`);
    }
  });

  it('blame for what was found wrong or is missing, and for nothing else', () => {
    for (const { metric, text, isStrength } of said) {
      if (isStrength || metric.base === 0) continue;
      const faults = metric.evidence.filter(({ points }) => points <= 0);
      const told = faults.some(({ description }) => text === description);
      assert.ok(told, `${metric.name}: ${text}`);
    }
  });
});

/** By the label that the sentence begins with; `text` is the rest. */
function criterionOf({ metrics }: PathScore, whole: string): { metric: MetricScore; text: string } {
  const [label = '', ...rest] = whole.split(': ');
  const name = label.toLowerCase().replaceAll(' ', '_');
  const metric = metrics.find((each) => each.name === name);
  return metric === undefined ? assert.fail(whole) : { metric, text: rest.join(': ') };
}
