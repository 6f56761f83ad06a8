import assert from 'node:assert/strict';

import { dependencyGraph } from '#src/engine/submission/dependencies.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { classFacts, fileFacts } from '#test/support/facts.ts';

function file(path: string, ...modules: string[]): FileFacts {
  const imports = modules.map((module) => ({
    module,
    names: [],
    line: 1,
    relative: module.startsWith('.'),
  }));
  return fileFacts({ path, imports, symbols: [] });
}

describe('dependencyGraph', () => {
  it('resolves imports by the last part of the module and its folder', () => {
    const graph = dependencyGraph([
      file('src/main.ts', './orders/store.ts', 'zod'),
      file('src/orders/store.ts'),
      file('src/users/store.ts'),
    ]);
    assert.deepEqual([...(graph.uses.get('src/main.ts') ?? [])], ['src/orders/store.ts']);
    assert.deepEqual([...(graph.usedBy.get('src/orders/store.ts') ?? [])], ['src/main.ts']);
  });

  it('finds a cycle of imports and names its files', () => {
    const graph = dependencyGraph([
      file('a.py', '.b'),
      file('b.py', '.c'),
      file('c.py', '.a'),
      file('d.py', '.a'),
    ]);
    assert.deepEqual(graph.cycles, [['a.py', 'b.py', 'c.py']]);
  });

  it('takes the mention of a type for use, but not for a cycle', () => {
    const one = fileFacts({
      path: 'Fox.java',
      classes: [classFacts({ name: 'Fox' })],
      symbols: ['Field'],
    });
    const two = fileFacts({
      path: 'Field.java',
      classes: [classFacts({ name: 'Field' })],
      symbols: ['Fox'],
    });
    const graph = dependencyGraph([one, two]);
    assert.deepEqual([...(graph.uses.get('Fox.java') ?? [])], ['Field.java']);
    assert.deepEqual(graph.cycles, []);
  });

  it('walks a chain of ten thousand imports', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      file(`m${index}.py`, `.m${(index + 1) % 10_000}`),
    );
    assert.equal(dependencyGraph(chain).cycles[0]?.length, 10_000);
  });
});
