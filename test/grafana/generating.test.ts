/** Declaring a metric starts nothing: what is generated from declarations needs no SDK. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNode } from '#test/support/run-node.ts';

/** Says at the end of the process which modules it resolved, and whether the SDK was started. */
const spy = `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      urls.push(found.url);
      return found;
    },
  });
  process.on('exit', () => {
    const started = globalThis[Symbol.for('sono-eval.telemetry')] !== undefined;
    writeFileSync(process.env.FOUND_FILE, JSON.stringify({ started, urls }));
  });`)}`;
const sdk = /telemetry\/(start|sdk)\.ts|@opentelemetry\/(sdk-|auto-instr|instrumentation|exporter)/;

async function loadedBy(...args: string[]): Promise<{ started: boolean; urls: string[] }> {
  // A file: what a process writes into a pipe at its exit may be cut off.
  const folder = mkdtempSync(join(tmpdir(), 'sono-generating-'));
  const file = join(folder, 'found.json');
  try {
    const { code, stderr } = await runNode(['--import', spy, ...args], { FOUND_FILE: file }).result;
    assert.equal(code, 0, stderr);
    return JSON.parse(readFileSync(file, 'utf8')) as { started: boolean; urls: string[] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('generating', function () {
  this.timeout(300_000);

  for (const file of ['./grafana/build.ts', './prometheus/build.ts']) {
    it(`loads and starts no telemetry SDK: ${file}`, async () => {
      const { started, urls } = await loadedBy(file, '--check');
      assert.ok(urls.some((url) => url.endsWith('/src/http/request/metrics.ts')));
      assert.deepEqual(
        urls.filter((url) => sdk.test(url)),
        [],
      );
      assert.equal(started, false);
    });
  }

  it('would be seen to start one', async () => {
    const { started, urls } = await loadedBy('--eval', 'import("./telemetry/start.ts")');
    assert.ok(urls.some((url) => sdk.test(url)));
    assert.equal(started, true);
  });
});
