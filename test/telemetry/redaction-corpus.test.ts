/**
 * Texts of every kind that was ever redacted by mistake or forgotten. In `innocent.txt` nothing may
 * change; in `secret.txt` exactly what stands in «…» is replaced, so that hiding everything fails as
 * well. `⏎` is a line break; `·` is left out, which keeps scanners from taking made-up tokens for
 * real ones.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { redactText } from '#telemetry/redaction.ts';

interface Entry {
  kind: string;
  text: string;
}

function read(name: string): Entry[] {
  const file = new URL(`../fixtures/redaction/${name}`, import.meta.url);
  const entries: Entry[] = [];
  let kind = '';
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.startsWith('# ')) kind = line.slice(2);
    else if (line !== '') {
      entries.push({ kind, text: line.replaceAll('·', '').replaceAll('⏎', '\n') });
    }
  }
  return entries;
}

const PLACEHOLDER = String.raw`\[(?:redacted|email|card)\]`;
const escape = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
const plain = (text: string) => text.replaceAll(/[«»]/g, '');

/** The text with a placeholder in place of each «…». */
function expected(text: string): RegExp {
  const parts = text.split(/«[^»]*»/).map(escape);
  return new RegExp(`^${parts.join(PLACEHOLDER)}$`);
}

/** Those that look the same however the text around them is written. */
function secretsOf(text: string): string[] {
  const marked = [...text.matchAll(/«([^»]*)»/g)].map(([, secret = '']) => secret);
  return marked.filter((secret) => /^[\w.~-]{4,}$/.test(secret));
}

/** Where a text comes from, and who quotes it. */
const around: Record<string, (text: string) => string> = {
  'a line of its own': (text) => `first\r\n${text}\r\nlast`,
  'the line of a log': (text) => `[2026-11-28T10:00:00.000Z] ERROR (sono/42): ${text}`,
  'an error': (text) => `Error: ${text}\n    at find (/app/src/token.ts:1:2)`,
  parentheses: (text) => `(${text})`,
  logfmt: (text) => `level=error msg=${JSON.stringify(text)} n=1`,
  'what Node prints': (text) => inspect({ msg: text, n: 1 }, { breakLength: Infinity }),
  JSON: (text) => JSON.stringify({ msg: text, n: 1 }),
  'JSON in JSON': (text) => JSON.stringify({ body: JSON.stringify({ msg: text, n: 1 }), n: 2 }),
  'a parameter of a URL': (text) => `/path?next=${encodeURIComponent(text)}%0A&n=1`,
};

function byKind(entries: Entry[]): [kind: string, texts: string[]][] {
  return [...Map.groupBy(entries, ({ kind }) => kind)].map(([kind, group]) => [
    kind,
    group.map(({ text }) => text),
  ]);
}

describe('redaction leaves alone', () => {
  const entries = read('innocent.txt');
  for (const [kind, texts] of byKind(entries)) {
    it(kind, () => {
      const changed = texts.filter((text) => redactText(text) !== text);
      assert.deepEqual(
        changed.map((text) => `${text} → ${redactText(text)}`),
        [],
      );
    });
  }

  for (const [name, wrap] of Object.entries(around)) {
    it(`each of them in ${name}`, () => {
      const changed = entries
        .map(({ text }) => wrap(text))
        .filter((text) => redactText(text) !== text);
      assert.deepEqual(
        changed.map((text) => `${text} → ${redactText(text)}`),
        [],
      );
    });
  }

  it('300 texts at least', () => assert.ok(entries.length >= 300, String(entries.length)));
});

describe('redaction hides', () => {
  const entries = read('secret.txt');
  for (const [kind, texts] of byKind(entries)) {
    it(`${kind}, and nothing beside them`, () => {
      const wrong = texts.filter((text) => !expected(text).test(redactText(plain(text))));
      assert.deepEqual(
        wrong.map((text) => `${text} → ${redactText(plain(text))}`),
        [],
      );
    });
  }

  for (const [name, wrap] of Object.entries(around)) {
    it(`each of them in ${name}`, () => {
      const leaks = entries.flatMap(({ text }) => {
        const clean = redactText(wrap(plain(text)));
        return secretsOf(text)
          .filter((secret) => clean.includes(secret))
          .map((secret) => `${secret} in ${clean}`);
      });
      assert.deepEqual(leaks, []);
    });
  }

  it('each once: what is hidden stays as it is', () => {
    for (const { text } of entries) {
      const once = redactText(plain(text));
      assert.equal(redactText(once), once, text);
    }
  });

  it('150 texts at least', () => assert.ok(entries.length >= 150, String(entries.length)));
});
