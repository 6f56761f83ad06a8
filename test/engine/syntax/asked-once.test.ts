/** How much work a file costs, as counts: questions about types, names and nodes are asked once. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FullLanguage } from '#src/engine/facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import type { Kind } from '#src/engine/syntax/languages/language-table.ts';
import { nodesOf, nodesWhere } from '#src/engine/syntax/nodes-where.ts';
import { oncePerNode } from '#src/engine/syntax/once-per-node.ts';
import { oncePerType } from '#src/engine/syntax/once-per-type.ts';
import { parseSource } from '#src/engine/syntax/parse.ts';
import { correctnessDetectors } from '#src/engine/syntax/patterns/correctness.ts';
import { costDetectors } from '#src/engine/syntax/patterns/cost.ts';
import { defectDetectors } from '#src/engine/syntax/patterns/defects/all.ts';
import { detectorsFor } from '#src/engine/syntax/patterns/detectors.ts';
import { hygieneDetectors } from '#src/engine/syntax/patterns/hygiene.ts';
import { securityDetectors } from '#src/engine/syntax/patterns/security.ts';
import { matching, memoize } from '#src/engine/memoize.ts';
import type { SyntaxTree } from '#src/engine/syntax/syntax-tree.ts';

const source =
  'function total(items) {\n  for (const item of items) add(item);\n  return items.map(f);\n}\n';

describe('a question about a syntax tree', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  function parsed(text: string, language: FullLanguage = 'javascript'): SyntaxTree {
    const tree = parseSource(text, language, grammars);
    assert.ok(tree);
    return tree;
  }

  it('that depends on types only is asked once a type, whatever the number of files', () => {
    const asked: string[] = [];
    const isLong = oncePerType((tree, node) => {
      asked.push(tree.type(node));
      return tree.type(node).length > 10;
    });
    for (const tree of [parsed(source), parsed(source.repeat(3))])
      for (let node = 0; node < tree.size; node += 1)
        assert.equal(isLong(tree, node), tree.type(node).length > 10);
    // `{` and the like are types; some types of a grammar have the same name.
    const tree = parsed(source);
    const numbers = new Set(tree.typeNumbers);
    assert.equal(asked.length, numbers.size);
  });

  it('that depends on the node is asked once a node', () => {
    let asked = 0;
    const length = oncePerNode((tree, node) => {
      asked += 1;
      return tree.text(node).length;
    });
    const tree = parsed(source);
    for (let round = 0; round < 3; round += 1)
      for (let node = 0; node < tree.size; node += 1)
        assert.equal(length(tree, node), tree.text(node).length);
    assert.equal(asked, tree.size);
  });

  it('finds the nodes of some kinds, rare or not, in order, in all and in any run of them', () => {
    const tree = parsed(source);
    const kinds: Kind[] = ['call', 'loop', 'identifier', 'function', 'return', 'member'];
    fc.assert(
      fc.property(fc.subarray(kinds), fc.nat(tree.size), fc.nat(tree.size), (some, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const all = Array.from({ length: tree.size }, (_, at) => at).filter((node) =>
          some.includes(tree.kind(node) as Kind),
        );
        const inRun = all.filter((node) => from <= node && node < to);
        assert.deepEqual([...nodesOf(...some)(tree, from, to)], inRun);
        assert.deepEqual([...nodesOf(...some)(tree)], all);
      }),
      { numRuns: 50 },
    );
  });

  it('asks once a type of the grammar which nodes are meant', () => {
    let asked = 0;
    const calls = nodesWhere((kind) => {
      asked += 1;
      return kind === 'call';
    });
    const first = parsed(source);
    assert.equal(calls(first).length, 2);
    assert.equal(calls(parsed(source.repeat(5))).length, 10);
    assert.equal(asked, first.grammar.types.length);
  });

  /** How many detectors look at the call that a text is. */
  function watching(call: string, language: FullLanguage): number {
    const tree = parsed(call, language);
    const [node = -1] = nodesOf('call')(tree);
    assert.ok(node >= 0, call);
    return detectorsFor(tree)(node).length;
  }

  it('is left to a few detectors for a call whose name none of them knows', () => {
    for (const language of ['python', 'typescript', 'ruby', 'php'] as const)
      assert.ok(watching(language === 'php' ? '<?php f($x);' : 'f(x)', language) <= 16, language);
    const unknown = watching('name.other(x)', 'python');
    assert.ok(watching('os.system(x)', 'python') > unknown);
    assert.ok(watching('name.forEach(x)', 'typescript') > watching('name.other(x)', 'typescript'));
  });

  it('is not asked of a keyword that is called like a kind', () => {
    const tree = parsed('if (a) new A();');
    const keywords = Array.from({ length: tree.size }, (_, node) => node).filter(
      (node) => !tree.named(node) && /^(if|new)$/.test(tree.text(node)),
    );
    assert.equal(keywords.length, 2);
    for (const node of keywords) assert.deepEqual(detectorsFor(tree)(node), []);
  });
});

describe('a detector', () => {
  it('knows its calls by patterns without flags, since they are searched for together', () => {
    const all = [
      ...correctnessDetectors,
      ...costDetectors,
      ...defectDetectors,
      ...hygieneDetectors,
      ...securityDetectors,
    ];
    const patterns = all.flatMap(({ callee, method }) => [callee, method]).filter(Boolean);
    assert.ok(patterns.length > 30);
    for (const pattern of patterns) {
      assert.equal(pattern?.flags, '', String(pattern));
      assert.doesNotMatch(pattern?.source ?? '', /\\[1-9]/);
    }
  });
});

describe('a question about a text', () => {
  it('is asked once a text, and of long texts each time', () => {
    let asked = 0;
    const length = memoize((text) => {
      asked += 1;
      return text.length;
    });
    const long = 'x'.repeat(201);
    for (const text of ['a', 'bc', 'a', 'bc', long, long]) assert.equal(length(text), text.length);
    assert.equal(asked, 4);
  });

  it('is right for more texts than are remembered', () => {
    const isEven = matching(/[02468]$/);
    for (let round = 0; round < 2; round += 1)
      for (let at = 0; at < 9_000; at += 1) assert.equal(isEven(`n${at}`), at % 2 === 0);
  });
});
