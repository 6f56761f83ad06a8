import assert from 'node:assert/strict';
import { createEnginePool, EngineBusyError } from '#src/engine/pool.ts';
import { testService } from '#test/support/service.ts';

const code = 'import heapq\n\n\ndef smallest(items):\n    return heapq.heappop(items)\n';

describe('POST /api/v1/tags/generate', () => {
  const service = testService();
  const ask = (body: object) => service.post('/api/v1/tags/generate', body);

  it('gives tags with their places, and stores nothing', async () => {
    const { status, json } = await ask({ text: code });
    assert.equal(status, 200);
    assert.equal(json.count, json.tags.length);
    const tags = json.tags as { tag: string }[];
    assert.deepEqual(new Set(tags.map(({ tag }) => tag)), new Set(['heap', 'python']));
    const { category, confidence, evidence } = json.tags.find(
      ({ tag }: { tag: string }) => tag === 'heap',
    );
    assert.deepEqual(
      [category, evidence],
      [
        'data-structure',
        [
          { line: 1, snippet: 'import heapq', description: 'imports heapq' },
          { line: 5, snippet: 'return heapq.heappop(items)', description: 'uses heap' },
        ],
      ],
    );
    assert.ok(confidence > 0.9 && confidence <= 1);
    assert.deepEqual((await service.get('/api/v1/candidates')).json.items, []);
  });

  it('gives five unless it is told how many', async () => {
    const text = 'Java, Go, Rust, Docker, Redis, PostgreSQL, Kubernetes and TypeScript.';
    const counted = async (body: object) => (await ask({ text, ...body })).json.count;
    assert.deepEqual(
      [await counted({}), await counted({ max_tags: 1 }), await counted({ max_tags: 20 })],
      [5, 1, 8],
    );
  });

  it('takes a hundred thousand characters, whatever they are', async () => {
    for (const text of ['a'.repeat(100_000), '(['.repeat(50_000), '\u{1f600}'.repeat(50_000)]) {
      assert.equal((await ask({ text })).status, 200);
    }
  });

  const wrong: [string, object, string][] = [
    ['no text', {}, '/text'],
    ['an empty text', { text: '' }, '/text'],
    ['a longer text', { text: 'a'.repeat(100_001) }, '/text'],
    ['a text that is none', { text: 1 }, '/text'],
    ['no tags', { text: 'a', max_tags: 0 }, '/max_tags'],
    ['more than twenty', { text: 'a', max_tags: 21 }, '/max_tags'],
    ['half a tag', { text: 'a', max_tags: 1.5 }, '/max_tags'],
    ['what it does not know', { text: 'a', top: 1 }, '/top'],
  ];
  for (const [what, body, pointer] of wrong) {
    it(`refuses ${what}`, async () => {
      const { status, json } = await ask(body);
      assert.deepEqual([status, json.error_code], [422, 'VALIDATION_ERROR']);
      assert.equal(json.errors[0].pointer, pointer);
    });
  }
});

describe('texts that wait to be tagged', () => {
  it('wait in the one queue of the engine, which is bounded, and leave it', async () => {
    const engine = createEnginePool({ maxConcurrent: 1 });
    try {
      await engine.ready();
      const caller = new AbortController();
      const task = { text: code, mostTags: 5 };
      const input = {
        candidate_id: 'c',
        submission_type: 'code' as const,
        content: { code: code.repeat(5000) },
        paths_to_evaluate: ['technical' as const],
        options: {},
      };
      const ends = Promise.allSettled([
        engine.run({ input, motives: false }, caller.signal),
        ...Array.from({ length: 8 }, () => engine.tag(task, caller.signal)),
      ]);
      assert.deepEqual([engine.running, engine.waiting], [1, 8]);
      await assert.rejects(engine.tag(task, caller.signal), EngineBusyError);
      caller.abort(new Error('gone'));
      await ends;
      const { tags, timing } = await engine.tag(task, new AbortController().signal);
      assert.deepEqual(tags.map(({ tag }) => tag).toSorted(), ['heap', 'python']);
      assert.ok(timing.endMs >= timing.startMs);
    } finally {
      await engine.close();
    }
  });
});
