import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cognitiveOf } from '#src/engine/syntax/cognitive.ts';
import { cyclomaticOf } from '#src/engine/syntax/cyclomatic.ts';
import { cognitiveDialects, cyclomaticDialects } from '#src/engine/syntax/dialects.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { parameterFacts } from '#src/engine/syntax/parameters.ts';
import { parseSource } from '#src/engine/syntax/parse.ts';
import { selfOf } from '#src/engine/syntax/recursion.ts';
import type { SyntaxTree } from '#src/engine/syntax/syntax-tree.ts';
import { findUnits, type Unit } from '#src/engine/syntax/units.ts';

interface Case {
  id: string;
  dialect: string;
  metric: 'cognitive' | 'cyclomatic' | 'params';
  name: string;
  line: number | null;
  expected: number;
  code: number;
}

interface Reference {
  codes: { language: string; code: string }[];
  cases: Case[];
}

const file = new URL('../../fixtures/metrics/reference-counts.json', import.meta.url);
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;

/**
 * Values of other tools that follow no rule of ours: lizard reads no grammar (`where` of Rust,
 * `??` and `?:` of PHP by their tokens, one PHP parameter for two, a Ruby block as a function).
 */
const residue = new Set(['lizard-067', 'lizard-070', 'lizard-071', 'lizard-163', 'lizard-168']);

function find(tree: SyntaxTree, { name, line }: Case): Unit | undefined {
  const at = line ?? 1;
  const distance = (unit: Unit): number => Math.abs(tree.startLine(unit.node) - at);
  const units = findUnits(tree).list.toSorted((a, b) => distance(a) - distance(b));
  const around = units.find(
    (unit) => tree.startLine(unit.node) <= at && tree.endLine(unit.node) >= at,
  );
  return units.find((unit) => unit.name === name || unit.name.endsWith(name)) ?? around;
}

function measure(tree: SyntaxTree, unit: Unit, one: Case): number {
  if (one.metric === 'params') return parameterFacts(tree, unit).length;
  if (one.metric === 'cyclomatic') {
    const rules = cyclomaticDialects[one.dialect as keyof typeof cyclomaticDialects];
    return cyclomaticOf(tree, unit.node, rules);
  }
  const rules = cognitiveDialects[one.dialect as keyof typeof cognitiveDialects];
  const { increments } = cognitiveOf(tree, unit.node, rules, selfOf(tree, unit, rules.overloads));
  return increments.reduce((sum, { points }) => sum + points, 0);
}

describe('complexity counts', () => {
  let grammars: Grammars;

  before(async () => {
    grammars = await loadGrammars();
  });

  const groups = Map.groupBy(reference.cases, ({ dialect, metric }) => `${metric} of ${dialect}`);
  for (const [group, cases] of groups) {
    it(`equal the published ${group} values`, () => {
      const wrong: string[] = [];
      for (const one of cases) {
        const { language, code } = reference.codes[one.code] ?? { language: '', code: '' };
        const tree = parseSource(code, language, grammars);
        assert.ok(tree);
        const unit = find(tree, one);
        const value = unit === undefined ? undefined : measure(tree, unit, one);
        if (value !== one.expected) wrong.push(one.id);
      }
      assert.deepEqual(
        wrong,
        cases.map(({ id }) => id).filter((id) => residue.has(id)),
      );
    });
  }
});
