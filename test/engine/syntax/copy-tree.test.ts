import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tree } from 'web-tree-sitter';
import { copyTree } from '#src/engine/syntax/copy-tree.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { languageTables } from '#src/engine/syntax/languages/tables.ts';

const samples = fileURLToPath(new URL('../../fixtures/samples/', import.meta.url));

/** The same tree as the cursor tells it that the library publishes. */
function byPublicCursor(tree: Tree) {
  const nodes: (number | boolean)[][] = [];
  const cursor = tree.walk();
  const open: number[] = [];
  const ends: number[] = [];
  for (let going = true; going;) {
    const { startIndex, endIndex, nodeTypeId, currentFieldId, nodeIsMissing } = cursor;
    const place = [startIndex, endIndex, nodeTypeId, currentFieldId];
    nodes.push([open.at(-1) ?? -1, ...place, nodeIsMissing && startIndex === endIndex]);
    open.push(nodes.length - 1);
    if (cursor.gotoFirstChild()) continue;
    ends[open.pop() ?? -1] = nodes.length;
    while (going && !cursor.gotoNextSibling()) {
      going = cursor.gotoParent();
      if (going) ends[open.pop() ?? -1] = nodes.length;
    }
  }
  cursor.delete();
  return nodes.map((node, index) => [...node, ends[index]]);
}

function byCopy(tree: Tree, limit = 400_000) {
  const flat = copyTree(tree, limit);
  const { parent, start, stop, types, fields, end } = flat;
  const missing = new Set(flat.missing);
  return Array.from({ length: flat.size }, (_, at) => [
    parent[at],
    start[at],
    stop[at],
    types[at],
    fields[at],
    missing.has(at),
    end[at],
  ]);
}

describe('the copy of a tree', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  function parsed(language: string, source: string): Tree {
    const tree = grammars.parser(language)?.parse(source);
    assert.ok(tree, language);
    return tree;
  }

  for (const { language } of Object.values(languageTables)) {
    it(`is the tree that the public cursor shows, of sound and of broken ${language}`, () => {
      const folder = join(samples, language === 'tsx' ? 'typescript' : language);
      const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
      assert.ok(sources.length > 0);
      for (const source of sources.slice(0, 4)) {
        const half = source.slice(0, source.length / 2);
        const unclosed = source.replaceAll(/[)}\]]/g, (found, at: number) => (at % 3 ? found : ''));
        for (const text of [source, half, unclosed, `${half}é "ö" 😀 ((\n${half}`, '']) {
          const tree = parsed(language, text);
          assert.deepEqual(byCopy(tree), byPublicCursor(tree));
          tree.delete();
        }
      }
    });
  }

  it('is cut at its limit, with all that is open ending there', () => {
    const tree = parsed('typescript', 'f(a, [b, { c: (d) }]);\ng();\n');
    const whole = byCopy(tree);
    for (let limit = 1; limit <= whole.length + 1; limit += 1) {
      const size = Math.min(limit, whole.length);
      const cut = whole
        .slice(0, size)
        .map((node) => [...node.slice(0, -1), Math.min(Number(node.at(-1)), size)]);
      assert.deepEqual(byCopy(tree, limit), cut);
      assert.equal(copyTree(tree, limit).truncated, limit < whole.length);
    }
    tree.delete();
  });

  it('copies a hundred thousand levels without a stack, and leaves the library fit', () => {
    const deep = parsed('typescript', '('.repeat(50_000) + ')'.repeat(50_000));
    assert.ok(copyTree(deep, 400_000).size > 100_000);
    deep.delete();
    const tree = parsed('typescript', 'f();');
    assert.deepEqual(byCopy(tree), byPublicCursor(tree));
    tree.delete();
  });
});
