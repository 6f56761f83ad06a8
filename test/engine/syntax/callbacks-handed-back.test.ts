import assert from 'node:assert/strict';

import { realFacts } from '#test/support/engine.ts';

describe('a callback that a hook hands back', () => {
  it('is named where it is used, as one without a hook is', async () => {
    const facts = await realFacts();
    const { functions } = facts(
      'Details.tsx',
      `import { useCallback } from 'react';

export const Details = ({ name }: { name: string }) => {
  const pay = useCallback(() => {
    if (name !== '') window.alert(name);
  }, [name]);
  const leave = () => {
    if (name !== '') window.alert(name);
  };
  return <button onClick={pay} onBlur={leave}>{name}</button>;
};
`,
    );
    const outer = functions.find(({ name }) => name === 'Details');
    assert.deepEqual(
      ['pay', 'leave'].map((name) => outer?.mentions.includes(name)),
      [true, true],
    );
  });
});
