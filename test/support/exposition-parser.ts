/**
 * Strict readers of the two exposition formats: they refuse what Prometheus tolerates or silently
 * misreads (two TYPE lines for a family, interleaved families, unknown units, a body after # EOF).
 */
import assert from 'node:assert/strict';

interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar?: { labels: Record<string, string>; value: number; timestamp: number };
}
interface ParsedFamily {
  name: string;
  type: string;
  help: string;
  samples: ParsedSample[];
}

const suffixes: Record<string, string[]> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

export function parseExposition(
  body: string,
  format: 'openmetrics' | 'text',
): Map<string, ParsedFamily> {
  const open = format === 'openmetrics';
  assert.ok(body.endsWith('\n') && !body.endsWith('\n\n'), 'ends with one line feed');
  const lines = body.slice(0, -1).split('\n');
  if (open) assert.equal(lines.pop(), '# EOF');
  assert.ok(!lines.includes('# EOF'), '# EOF is last and alone');
  const families = new Map<string, ParsedFamily>();
  let family: ParsedFamily | undefined;
  for (const line of lines) {
    const meta = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line);
    if (meta !== null) {
      const [, kind = '', name = '', text = ''] = meta;
      if (kind === 'HELP') {
        assert.ok(!families.has(name), `${name} appears twice`);
        assert.notEqual(text.trim(), '', `${name} has no help`);
        assert.notEqual(text, 'description missing');
        family = { name, type: '', help: text, samples: [] };
        families.set(name, family);
      }
      assert.equal(family?.name, name, `${line}: metadata of another family`);
      assert.equal(family.samples.length, 0, `${line}: metadata after samples`);
      if (kind === 'TYPE') family.type = text;
      if (kind === 'UNIT') assert.ok(open && name.endsWith(`_${text}`), `${line}: not its suffix`);
      continue;
    }
    assert.ok(family, `${line}: a sample without a family`);
    family.samples.push(parseSample(line, open));
  }
  for (const one of families.values()) checkFamily(one, open);
  return families;
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?!})|(?=}))/y;
const NUMBER = /^(?:[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

function parseLabels(text: string, at: number): [Record<string, string>, number] {
  const labels: Record<string, string> = {};
  if (text[at] !== '{') return [labels, at];
  let next = at + 1;
  while (text[next] !== '}') {
    LABEL.lastIndex = next;
    const found = LABEL.exec(text);
    assert.ok(found, `${text}: labels`);
    const [all, name = '', value = ''] = found;
    assert.ok(!(name in labels), `${text}: label ${name} twice`);
    labels[name] = value;
    next += all.length;
  }
  return [labels, next + 1];
}

function number(text: string | undefined, line: string): number {
  assert.match(text ?? '', NUMBER, line);
  return Number((text ?? '').replace('Inf', 'Infinity'));
}

function parseSample(line: string, open: boolean): ParsedSample {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? '';
  assert.notEqual(name, '', line);
  const [labels, at] = parseLabels(line, name.length);
  const [value = '', exemplar, ...more] = line.slice(at).split(' # ');
  assert.deepEqual(more, []);
  assert.ok(value.startsWith(' '), line);
  const sample: ParsedSample = { name, labels, value: number(value.slice(1), line) };
  if (exemplar === undefined) return sample;
  assert.ok(open, `${line}: an exemplar in the text format`);
  const [exemplarLabels, end] = parseLabels(exemplar, 0);
  const [observed, timestamp] = exemplar.slice(end + 1).split(' ');
  assert.ok(Object.entries(exemplarLabels).flat().join('').length <= 128, line);
  return {
    ...sample,
    exemplar: {
      labels: exemplarLabels,
      value: number(observed, line),
      timestamp: number(timestamp, line),
    },
  };
}

function checkFamily({ name, type, samples }: ParsedFamily, open: boolean): void {
  const base = type === 'counter' && !open ? name.replace(/_total$/, '') : name;
  const allowed = suffixes[type];
  assert.ok(allowed, `${name}: type ${type}`);
  const seen = new Set<string>();
  for (const sample of samples) {
    assert.ok(sample.name.startsWith(base), `${sample.name} in ${name}`);
    assert.ok(allowed.includes(sample.name.slice(base.length)), `${sample.name} in a ${type}`);
    const key = `${sample.name}${JSON.stringify(sample.labels, Object.keys(sample.labels).toSorted())}`;
    assert.ok(!seen.has(key), `${key} twice`);
    seen.add(key);
    if (type === 'counter') assert.ok(sample.value >= 0, sample.name);
  }
  if (type === 'histogram') checkHistogram(name, samples, open);
}

function checkHistogram(name: string, samples: ParsedSample[], open: boolean): void {
  const children = Map.groupBy(samples, ({ labels }) =>
    JSON.stringify(Object.entries(labels).filter(([label]) => label !== 'le')),
  );
  for (const child of children.values()) {
    const buckets = child.filter((sample) => sample.name.endsWith('_bucket'));
    const bounds = buckets.map(({ labels }) => number(labels['le'], name));
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
      `${name}: bounds in order`,
    );
    assert.equal(bounds.at(-1), Infinity, `${name}: has +Inf`);
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      `${name}: cumulative`,
    );
    const count = child.find((sample) => sample.name.endsWith('_count'));
    assert.equal(count?.value, counts.at(-1), `${name}: count is the last bucket`);
    for (const [i, { exemplar, labels }] of buckets.entries()) {
      if (open) assert.match(labels['le'] ?? '', /[.]|Inf|e/, `${name}: le is canonical`);
      if (exemplar === undefined) continue;
      assert.ok(exemplar.value <= (bounds[i] ?? 0), `${name}: exemplar above its bucket`);
      assert.ok(
        exemplar.value > (bounds[i - 1] ?? -Infinity),
        `${name}: exemplar below its bucket`,
      );
    }
  }
}
