/** What comes with a release: the example of an environment, the workflow of a public CI, load and security scans. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { envExample } from '#deploy/env-example.ts';
import { staleFiles } from '#grafana/committed.ts';
import { loadConfig } from '#src/config.ts';
import { variables } from '#src/config/variables.ts';

describe('.env.example', () => {
  const text = readFileSync('.env.example', 'utf8');

  it('is as the code has it, with every variable, and sets none', () => {
    assert.deepEqual(staleFiles(envExample), []);
    const lines = text.split('\n').filter((line) => line !== '');
    assert.ok(lines.every((line) => line.startsWith('#')));
    const named = new Set(lines.flatMap((line) => /^#([A-Z_]+)=/.exec(line)?.[1] ?? []));
    const missing = Object.keys(variables).filter((name) => !named.has(name));
    assert.deepEqual(missing, ['NODE_ENV']);
  });

  it('is understood line by line', () => {
    const values = parseEnv(text.replaceAll(/^#([A-Z_]+=)/gm, '$1'));
    assert.ok(Object.keys(values).length > 50);
    assert.equal(loadConfig(values).api.port, 8000);
  });
});

describe('the workflow of a public CI', () => {
  interface Job {
    'timeout-minutes'?: number;
    steps: { uses?: string; run?: string }[];
  }
  const workflow = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as {
    permissions: Record<string, string>;
    jobs: Record<string, Job>;
  };
  const jobs = Object.values(workflow.jobs);
  const runs = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

  it('has every scan of the checklist, and none that may fail', () => {
    const all = runs.join('\n');
    for (const part of [
      'npm test',
      'npm audit --omit=dev',
      'npm audit signatures',
      'gitleaks',
      'sbom.cdx.json',
      'trivy',
      'hadolint',
      'zap.yaml',
      'deploy/smoke.sh',
    ]) {
      assert.ok(all.includes(part), part);
    }
    assert.doesNotMatch(
      readFileSync('.github/workflows/ci.yml', 'utf8'),
      /\|\| true|continue-on-error/,
    );
  });

  it('may read, is bounded, and names files and images that are there', () => {
    assert.deepEqual(workflow.permissions, { contents: 'read' });
    for (const job of jobs) {
      assert.ok((job['timeout-minutes'] ?? Infinity) <= 60);
      for (const { uses } of job.steps) assert.match(uses ?? 'x@v1', /@v\d+$/);
    }
    for (const [path] of runs.join('\n').matchAll(/\bdeploy\/[\w./-]+/g))
      assert.ok(existsSync(path), path);
    for (const [, tag] of runs
      .join('\n')
      .matchAll(/(?:ghcr\.io|hadolint|aquasec)\/[\w/]+(?::(\S+))?/g)) {
      assert.match(tag ?? '', /^v?\d+\.\d+\.\d+$/);
    }
  });
});

describe('load and security scans', () => {
  it('ask for what the objectives say, and go by the description of the API', () => {
    const k6 = readFileSync('deploy/load/k6.js', 'utf8');
    const readme = readFileSync('README.md', 'utf8');
    const [, reads, small] =
      /reads\s+within (\d+) ms, of small submissions within (\d+) ms/.exec(readme) ?? [];
    assert.ok(k6.includes(`scenario:reads}': ['p(99)<${reads}']`));
    assert.ok(k6.includes(`scenario:submissions}': ['p(99)<${small}']`));
    const { jobs } = parse(readFileSync('deploy/security/zap.yaml', 'utf8')) as {
      jobs: { type: string; parameters?: Record<string, unknown> }[];
    };
    assert.deepEqual(
      jobs.map(({ type }) => type),
      ['replacer', 'openapi', 'passiveScan-wait', 'activeScan', 'report', 'exitStatus'],
    );
    assert.equal(jobs[1]?.parameters?.['apiUrl'], '${ZAP_TARGET}/openapi.json');
  });
});
