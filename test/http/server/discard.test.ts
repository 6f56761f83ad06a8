import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { createDiscard } from '#src/http/server/discard.ts';
import { until } from '#test/support/until.ts';

const AT_ONCE = 8;

/** A body of which so many bytes are announced, and none has come. */
function body(length: number) {
  const request = Object.assign(new PassThrough({ highWaterMark: 1 }), {
    headers: { 'content-length': String(length) },
    socket: { destroySoon: () => undefined, end: () => undefined },
  });
  return { request, asked: request as unknown as IncomingMessage };
}

describe('bodies that nobody wants', () => {
  it('are read to their end, large ones eight at a time, and who waits too long is cut off', async () => {
    const due: (() => void)[] = [];
    const discard = createDiscard((_ms, run) => due.push(run));
    const large = Array.from({ length: AT_ONCE + 2 }, () => body(1_000_000));
    const small = body(65_536);
    for (const { asked } of [...large, small]) discard(asked);
    const flowing = () => [...large, small].map(({ request }) => request.readableFlowing === true);
    const first = Array.from({ length: AT_ONCE }, () => true);
    assert.deepEqual(flowing(), [...first, false, false, true]);
    assert.equal(due.length, 2);
    large[0]?.request.end();
    await until(() => large[0]?.request.closed === true);
    assert.deepEqual(flowing().slice(AT_ONCE), [true, false, true], 'the next has its turn');
    for (const run of due) run();
    assert.deepEqual(
      large.slice(AT_ONCE).map(({ request }) => request.destroyed),
      [false, true],
      'only who still waited',
    );
  });

  it('are cut off when they are endless', async () => {
    const { request, asked } = body(100_000_000);
    createDiscard()(asked);
    request.on('error', () => undefined);
    while (!request.destroyed) {
      request.write(Buffer.alloc(1_000_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(request.destroyed, true);
  });

  it('that are in or gone are left alone', async () => {
    const { request, asked } = body(1_000_000);
    request.destroy();
    createDiscard()(asked);
    assert.notEqual(request.readableFlowing, true);
  });
});
