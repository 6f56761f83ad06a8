import assert from 'node:assert/strict';

import type { EngineResult } from '#src/engine/result-schema.ts';
import { metricOf, realEngine } from '#test/support/engine.ts';

describe('what is said of names, tests and code that nothing needs', () => {
  let run: (files: Record<string, string>) => EngineResult;
  before(async () => {
    const engine = await realEngine();
    run = (files) =>
      engine({ files: Object.entries(files).map(([path, content]) => ({ path, content })) });
  });

  it('calls no acronym in capitals, and no plural of a known one, an abbreviation of the writer', () => {
    const content = `package csv

type BSTNode struct {
	UseCRLF  bool
	cmprssr  int
	children []int
}

func (node *BSTNode) Add(child int) {
	node.children = append(node.children, child)
}

func (node *BSTNode) Grow(ctxs []int) {
	for _, child := range ctxs {
		node.Add(child)
	}
}
`;
    const { evidence } = metricOf(run({ 'csv.go': content }), 'technical', 'naming');
    const opaque = evidence.filter(({ rule }) => rule === 'opaque_abbreviation');
    assert.deepEqual(
      opaque.map(({ description }) => /`(\w+)`/.exec(description)?.[1]),
      ['cmprssr'],
    );
  });

  it('says in one negation that no test reaches a function', () => {
    const body = (name: string): string =>
      `export function ${name}(rows) {\n  if (rows.length === 0) {\n    throw new Error('${name}');\n  }\n  return rows.map((row) => row.${name});\n}\n`;
    const last =
      'export function last(rows, from) {\n  let found = from;\n  for (const row of rows) {\n    found = row.size > 3 ? row : found;\n  }\n  return found;\n}\n';
    const files = { 'rows.js': `${body('sum')}\n${last}` };
    const { explanation } = metricOf(run(files), 'technical', 'tests');
    assert.match(
      explanation,
      /^No tests that call the code and check what it does; none of 2 public functions are reached/,
    );
  });

  it('asks nobody to remove what a library offers, overrides or is asked for by the language', () => {
    const area =
      'from queue import Queue\n\n\nclass Shape:\n    def area(self):\n        raise NotImplementedError\n\n\nclass Square(Shape):\n    def __init__(self, side):\n        self.side = side\n\n    def area(self):\n        return self.side * self.side\n\n\nclass Tile(Shape):\n    def __init__(self, side):\n        self.side = side\n\n    def area(self):\n        return total([self.side, self.side])\n\n\ndef total(sides):\n    result = 0\n    for side in sides:\n        result += side\n    return result\n\n\ndef areas(shapes):\n    return total([shape.area() for shape in shapes])\n';
    const more =
      '\n\nclass Waiting(Queue):\n    def _qsize(self):\n        size = len(self.queue)\n        return size\n\n\ndef __getattr__(name):\n    if name == "side":\n        return 1\n    raise AttributeError(name)\n\n\ndef clamp(number, least, most):\n    if number < least:\n        return least\n    return min(number, most)\n';
    const { evidence } = metricOf(run({ 'area.py': area + more }), 'design', 'abstraction');
    assert.deepEqual(
      evidence.filter(({ rule }) => rule === 'dead_function').map(({ description }) => description),
      [],
    );
  });

  it('asks nobody to remove a method of an exported class, though a script of the package runs', () => {
    const store =
      'export abstract class Base {\n  abstract load(key: string): number;\n}\n\nexport class Store extends Base {\n  private rows = new Map<string, number>();\n\n  load(key: string): number {\n    return this.rows.get(key) ?? this.missing(key);\n  }\n\n  forget(key: string): void {\n    const known = this.rows.delete(key);\n    if (!known) throw new Error(key);\n  }\n\n  private missing(key: string): number {\n    const size = key.length;\n    this.rows.set(key, size);\n    return size;\n  }\n\n  private spare(key: string): number {\n    const size = key.length;\n    return size > 3 ? size : 3;\n  }\n}\n';
    const start =
      "import { Store } from './store.ts';\n\nconst store = new Store();\nconsole.log(store.load('a'));\n";
    const { evidence } = metricOf(
      run({ 'store.ts': store, 'main.ts': start }),
      'design',
      'abstraction',
    );
    assert.deepEqual(
      evidence
        .filter(({ rule }) => rule === 'dead_function')
        .map(({ description }) => /`(\w+)`/.exec(description)?.[1]),
      ['spare'],
    );
  });

  it('does not say of a builder that it does nothing, or that its methods have nothing in common', () => {
    const cache = (name: string): string =>
      `public class ${name} {\n  private final long life;\n  private final int size;\n\n  ${name}(Builder from) {\n    life = from.life;\n    size = from.size;\n  }\n\n  public long ends(long now) {\n    return size == 0 ? now : now + life;\n  }\n\n  public static class Builder {\n    private long life;\n    private int size;\n    private String label;\n\n    public Builder life(long millis) {\n      if (millis < 0) {\n        throw new IllegalArgumentException("life " + millis);\n      }\n      life = millis;\n      return this;\n    }\n\n    public Builder size(int entries) {\n      if (entries < 1) {\n        throw new IllegalArgumentException("size " + entries);\n      }\n      size = entries;\n      return this;\n    }\n\n    public Builder label(String text) {\n      if (text.isBlank()) {\n        throw new IllegalArgumentException("label");\n      }\n      label = text;\n      return this;\n    }\n  }\n}\n`;
    const result = run({ 'First.java': cache('First'), 'Last.java': cache('Last') });
    const design = result.path_scores.find(({ path }) => path === 'design');
    const rules = design?.metrics.flatMap(({ evidence }) => evidence.map(({ rule }) => rule)) ?? [];
    assert.ok(
      !rules.includes('pattern_in_name_only') && !rules.includes('low_cohesion'),
      rules.join(),
    );
  });
});
