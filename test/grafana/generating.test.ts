/** Declaring a metric starts nothing: what is generated from declarations needs no SDK. */
import assert from 'node:assert/strict';
import { runNode } from '#test/support/run-node.ts';

/** Says at the end of the process which modules it resolved, and whether the SDK was started. */
const spy = `data:text/javascript,${encodeURIComponent(`
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
    process.stdout.write(JSON.stringify({ started, urls }));
  });`)}`;
const sdk = /telemetry\/(start|sdk)\.ts|@opentelemetry\/(sdk-|auto-instr|instrumentation|exporter)/;

async function loadedBy(...args: string[]): Promise<{ started: boolean; urls: string[] }> {
  const { code, stdout, stderr } = await runNode(['--import', spy, ...args]).result;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as { started: boolean; urls: string[] };
}

describe('generating', function () {
  this.timeout(30_000);

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
