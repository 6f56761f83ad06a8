/** The document as the linters of the trade see it: no error and no warning. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiDocument } from '#test/support/api-routes.ts';

interface Outcome {
  code: number | string | null;
  output: string;
}

/** Offline: neither looks for a newer version or tells anybody of its use. */
function run(command: string, ...args: string[]): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'],
    NO_COLOR: '1',
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? null), output: stdout + stderr });
    });
  });
}

// Literal paths win over parameters here (`assessments/jobs/…` over `assessments/{id}/…`), which its rule does not know.
const literalWins = ['--skip-rule', 'no-ambiguous-paths'];
const redocly = [
  'lint',
  '--extends',
  'recommended-strict',
  ...literalWins,
  '--max-problems',
  '500',
];
const spectral = [
  'lint',
  '--ruleset',
  'test/http/routing/spectral.yaml',
  '--fail-severity',
  'hint',
];

const linters: Record<string, (file: string) => Promise<Outcome>> = {
  redocly: (file) => run('node_modules/@redocly/cli/bin/cli.js', ...redocly, file),
  spectral: (file) => run('node_modules/@stoplight/spectral-cli/dist/index.js', ...spectral, file),
};

describe('the OpenAPI document', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sono-openapi-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const written = (name: string, document: unknown): string => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(document, null, 2));
    return file;
  };

  for (const [name, lint] of Object.entries(linters)) {
    it(`is clean under ${name}`, async () => {
      const { code, output } = await lint(written(`clean-${name}`, apiDocument));
      assert.equal(code, 0, output);
    });

    it(`would not be with an operation that answers nothing: ${name}`, async () => {
      const { '/health': health } = apiDocument.paths;
      const faulty = structuredClone({ ...apiDocument, paths: { '/health': health } });
      Object.assign(faulty.paths['/health']?.['get'] ?? {}, { responses: {}, tags: ['Nowhere'] });
      const { code, output } = await lint(written(`faulty-${name}`, faulty));
      assert.equal(code, 1);
      assert.match(output, /responses/i);
    });
  }
});
