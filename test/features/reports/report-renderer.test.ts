import assert from 'node:assert/strict';
import { AppError } from '#src/errors.ts';
import { renderReport } from '#src/features/reports/render.ts';
import {
  createReportRenderer,
  type ReportRenderer,
} from '#src/features/reports/report-renderer.ts';
import { realEngine } from '#test/support/engine.ts';
import { asStored } from './results.ts';

describe('the thread that writes reports', () => {
  let renderer: ReportRenderer;
  let result: string;
  let page: string;
  before(async () => {
    const run = await realEngine();
    const judged = asStored(run({ code: 'def a(x):\n    return eval(x)\n'.repeat(4) }));
    result = JSON.stringify(judged);
    page = await renderReport('html', judged);
    renderer = createReportRenderer({ onEnd: assert.fail });
  });
  after(() => renderer.close());
  const never = new AbortController().signal;

  it('writes what is written without it', async () => {
    assert.equal(await renderer.render({ format: 'html', result, human: null }, never), page);
  });

  it('refuses more than may wait, and serves on', async () => {
    const asked = Array.from({ length: 60 }, () =>
      renderer.render({ format: 'html', result, human: null }, never),
    );
    const answers = await Promise.allSettled(asked);
    const refused = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    assert.ok(refused.length > 0 && refused.length < 60, String(refused.length));
    for (const error of refused) {
      assert.ok(error instanceof AppError);
      assert.deepEqual([error.code, error.options.retryAfter], ['SERVICE_UNAVAILABLE', 1]);
    }
    for (const each of answers) if (each.status === 'fulfilled') assert.equal(each.value, page);
    assert.equal(await renderer.render({ format: 'html', result, human: null }, never), page);
  });

  it('ends with its request, for the reason that ended that, and serves the next', async () => {
    const reason = new Error('The client has gone.');
    const end = new AbortController();
    const asked = renderer.render({ format: 'html', result, human: null }, end.signal);
    end.abort(reason);
    await assert.rejects(asked, reason);
    await assert.rejects(
      renderer.render({ format: 'html', result, human: null }, end.signal),
      reason,
    );
    assert.equal(await renderer.render({ format: 'html', result, human: null }, never), page);
  });

  it('ends no process when it cannot be loaded, and says why', async () => {
    const ended: Error[] = [];
    const gone = new AbortController();
    const broken = createReportRenderer({
      thread: new URL('data:text/javascript,throw new Error("torn")'),
      onEnd: (error) => {
        ended.push(error);
        gone.abort(error);
      },
    });
    await assert.rejects(broken.render({ format: 'html', result, human: null }, gone.signal));
    await broken.close();
    assert.match(String(ended[0]), /torn/);
  });

  it('outlives a result that cannot be read', async () => {
    await assert.rejects(renderer.render({ format: 'html', result: '{', human: null }, never));
    assert.equal(await renderer.render({ format: 'html', result, human: null }, never), page);
  });
});
