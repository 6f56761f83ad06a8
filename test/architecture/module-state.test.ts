/** ARCHITECTURE: no module-level mutable state; observers and counts are created, not installed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What may stay, each with its reason. A memo holds what follows from its key alone, so that no
 * caller can tell whether it was filled; a `WeakMap` or `WeakSet` lives and dies with its keys.
 */
const allowed: Record<string, string> = {
  'telemetry/redaction.ts clean': 'memo: texts in which no secret was found',
  'telemetry/redaction/key-names.ts knownKeys': 'memo: whether a field name is secret',
  'src/engine/syntax/tree-questions.ts logicalSets': 'memo: the words of a language',
};

/** The formatter keeps declarations of a module, and nothing else, at the start of a line. */
const declaration = /^(?:export )?(let|var|const) (\w+)(?:: ([^=]+))?(?: =|;)\s*([^;]*)/gm;
const mutable = /^(new (Map|Set|Array|\w+Array|LRUCache)\b(<.*?>)?\((\)|[^)]*\.length)|\[\]|\{\})/s;

function stateOf(source: string): string[] {
  return [...source.matchAll(declaration)]
    .filter(([, kind, , type = '', value = '']) => {
      if (kind !== 'const') return true;
      return mutable.test(value) && !/^(readonly |Readonly)/.test(type);
    })
    .map(([, , name = '']) => name);
}

describe('a module', () => {
  it('is seen to keep state, where it does', () => {
    assert.deepEqual(
      [
        'let a = 1;',
        'export let b: () => void;',
        'const c = new Map<string, number>();',
        'const d = new Float64Array(names.length * 2);',
        'export const e: string[] = [];',
        'const f: Record<string, string> = {};',
        'const g = new Set<Guarded>();',
      ].flatMap(stateOf),
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    );
    assert.deepEqual(
      [
        "const a = new Set(['x']);",
        'const b = new WeakMap<object, number>();',
        'const c: readonly string[] = [];',
        'function d() {\n  let e = 1;\n  const f = new Map();\n}',
      ].flatMap(stateOf),
      [],
    );
  });

  it('keeps none', () => {
    const found = ['src', 'telemetry'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name))
        .flatMap((file) => stateOf(readFileSync(file, 'utf8')).map((name) => `${file} ${name}`)),
    );
    assert.deepEqual(
      found.filter((name) => !(name in allowed)),
      [],
    );
    assert.deepEqual(
      Object.keys(allowed).filter((name) => !found.includes(name)),
      [],
      'an exception that is none any more',
    );
  });
});
