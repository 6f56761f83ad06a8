import assert from 'node:assert/strict';
import { configOfProcess } from '#src/cluster/member.ts';
import { loadConfig } from '#src/config.ts';

const of = (env: Record<string, string>, number = 1) =>
  configOfProcess(loadConfig({ APP_ENV: 'testing', ...env }), number, 42);

describe('the configuration of one of several processes', () => {
  it('shares out the threads of the engine, one a process at least', () => {
    const threads = (WEB_CONCURRENCY: string) =>
      of({ WEB_CONCURRENCY, MAX_CONCURRENT_ASSESSMENTS: '6' }).assessments.maxConcurrent;
    assert.deepEqual(['2', '4', '6', '64'].map(threads), [3, 2, 1, 1]);
  });

  it('has its share of what was left of a quota while Redis is away', () => {
    const { instances } = of({ WEB_CONCURRENCY: '4', RATE_LIMIT_INSTANCES: '3' }).rateLimit;
    assert.equal(instances, 12);
  });

  it('writes a log of its own, no older file of which is another’s, with its pid in each line', () => {
    const { file, fields } = of({ WEB_CONCURRENCY: '64' }, 11).log;
    assert.deepEqual([file, fields], ['sono-eval-11.log', { 'process.pid': 42 }]);
    // Rotated: a third digit.
    assert.equal(of({ WEB_CONCURRENCY: '64' }, 1).log.file, 'sono-eval-01.log');
  });

  it('is otherwise that of the service', () => {
    const config = loadConfig({ APP_ENV: 'testing', WEB_CONCURRENCY: '2' });
    const { log, rateLimit, assessments, ...rest } = configOfProcess(config, 1, 42);
    assert.deepEqual(
      { ...rest, log: 0, rateLimit: 0, assessments: 0 },
      { ...config, log: 0, rateLimit: 0, assessments: 0 },
    );
    assert.deepEqual(
      [log.level, rateLimit.perMinute, assessments.explanations],
      [config.log.level, 60, true],
    );
  });
});

describe('WEB_CONCURRENCY', () => {
  it('is one process unless it is given, and 64 at most', () => {
    assert.equal(loadConfig({ APP_ENV: 'testing' }).api.processes, 1);
    for (const WEB_CONCURRENCY of ['0', '65', '-1', '1.5', 'auto']) {
      assert.throws(
        () => loadConfig({ APP_ENV: 'testing', WEB_CONCURRENCY }),
        /WEB_CONCURRENCY must be a whole number from 1 to 64/,
      );
    }
  });
});
