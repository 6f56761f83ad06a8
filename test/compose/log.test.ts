import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { endDebug, openLog } from '#src/compose/log.ts';
import { loadConfig } from '#src/config.ts';

describe('debug lines in production', () => {
  it('end when LOG_DEBUG_UNTIL says, without a restart', async () => {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    });
    const now = new Date('2026-11-29T12:00:00Z');
    const log = openLog(
      loadConfig({ LOG_LEVEL: 'DEBUG' }),
      { version: '1', now: () => now },
      stream,
    );
    const due: { ms: number; run: () => void }[] = [];
    const debugUntil = Date.parse('2026-11-29T13:00:00Z');
    endDebug(log, { level: 'debug', debugUntil }, now, (ms, run) => void due.push({ ms, run }));
    assert.deepEqual(
      due.map(({ ms }) => ms),
      [3_600_000],
    );
    log.debug('before');
    for (const { run } of due) run();
    log.debug('after');
    log.info('still');
    await log.close();
    const messages = written.map((line) => (JSON.parse(line) as { message: string }).message);
    assert.deepEqual(messages, ['before', 'Debug lines end: LOG_DEBUG_UNTIL is over.', 'still']);
  });

  it('have no end where nobody set one', () => {
    const never = () => assert.fail('an end');
    const log = { setLevel: never, info: never };
    endDebug(log, { level: 'debug', debugUntil: null }, new Date(), never);
    endDebug(log, { level: 'info', debugUntil: 1 }, new Date(), never);
  });
});
