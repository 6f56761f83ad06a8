import assert from 'node:assert/strict';

import { metricOf, realEngine } from '#test/support/engine.ts';

const code = `export function total(orders: number[]): number {
  let sum = 0;
  // A sum in \`total\` is kept as a plain number, because the nightly export has a limit.
  for (const order of orders) {
    // TODO: refunds
    if (order < 0) throw new RangeError('negative order in the nightly export');
    sum += order;
  }
  return sum;
}
`;
const readme = `# Totals

\`total\` refuses a negative order instead of skipping it, so that a broken nightly export is seen on the day it arrives.
`;

describe('what would pay if it were deleted', () => {
  const scoreOf = async (metric: string, content: string): Promise<number> => {
    const engine = await realEngine();
    const files = [
      { path: 'total.ts', content },
      { path: 'README.md', content: readme },
    ];
    return metricOf(engine({ files }), 'collaboration', metric).score ?? 0;
  };

  it('is no to-do: its work would still be undone', async () => {
    const without = code.replace('// TODO: refunds', '');
    assert.equal(
      await scoreOf('team_orientation', code),
      await scoreOf('team_orientation', without),
    );
  });

  it('is no reason in a comment that speaks of the same as one in the README', async () => {
    const without = code.replace(/\/\/ A sum.*/, '');
    const best = await scoreOf('decision_communication', without);
    assert.ok(best > 0);
    assert.ok((await scoreOf('decision_communication', code)) >= best);
  });
});
