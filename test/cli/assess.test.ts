/** That the command line judges as the service does, from the same files, and tells programs how it ended. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lengthOf } from '#src/cli/text.ts';
import { assessmentExamples } from '#src/features/assessments/assessment-examples.ts';
import { cli } from '#test/support/cli.ts';
import { testService } from '#test/support/service.ts';

const files = assessmentExamples.files.value.content.files;

/** What the submission is worth, without whose and when. */
function judgement(text: string) {
  const {
    assessment_id: _id,
    timestamp: _at,
    processing_time_ms: _ms,
    metadata: _m,
    ...rest
  } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

describe('sono-eval', () => {
  const service = testService({ AUTH_REQUIRED: 'true' });
  let dir = '';
  const env = () => ({ SONO_EVAL_URL: service.url, SONO_EVAL_API_KEY: service.adminKey });
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-cli-'));
    for (const name of ['work', 'class/Ada Byron_7_assignsubmission_file_', 'class/ben']) {
      const folder = join(dir, name);
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      for (const { path, content } of files) writeFileSync(join(folder, path), content);
      writeFileSync(join(folder, 'node_modules/other.js'), 'export const other = 1;\n');
      writeFileSync(join(folder, 'picture.png'), 'no picture');
      symlinkSync('/etc/hostname', join(folder, 'link.py'));
    }
    writeFileSync(join(dir, 'class/ben/bad.py'), Buffer.from([0xff, 0xfe, 0, 1]));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('judges a folder on this machine as the service does', async () => {
    const here = await cli(['assess', 'work', '--candidate', 'ada', '--json'], { cwd: dir });
    assert.deepEqual([here.code, here.err], [0, '']);
    const args = ['assess', 'work', '--candidate', 'ada', '--json'];
    const there = await cli(args, { cwd: dir, env: env() });
    assert.deepEqual([there.code, there.err], [0, '']);
    assert.deepEqual(judgement(here.out), judgement(there.out));
    const { path_scores: paths } = JSON.parse(here.out) as {
      path_scores: { metrics: { evidence: { file: string | null }[] }[] }[];
    };
    const named = paths.flatMap(({ metrics }) =>
      metrics.flatMap(({ evidence }) => evidence.map(({ file }) => file)),
    );
    assert.ok(named.includes('work/totals.py'));
    assert.ok(!named.some((file) => /node_modules|link|picture/.test(file ?? '')));
  });

  it('shows people a table and next steps, and ends with 2 below a threshold', async () => {
    const args = ['assess', '.', '--candidate', 'eve', '--fail-under', 'technical=99.9'];
    const given = { cwd: join(dir, 'work'), columns: 60, env: env() };
    const { code, out, err } = await cli([...args, '--fail-under', '1'], given);
    assert.equal(code, 2);
    assert.match(err, /^technical is [\d.]+, below 99.9\n$/);
    assert.match(
      out,
      /^eve · project · \d+\.\d of 100\n\nPath +Score +Range +Confidence +Why\nTechnical/,
    );
    assert.match(out, /\nWhat to do next\n {2}• \+/);
    assert.ok(out.split('\n').every((line) => lengthOf(line) <= 72));
  });

  it('writes SARIF with places that a pipeline can show', async () => {
    const args = ['assess', 'work', '--candidate', 'eve', '--format', 'sarif', '-o', 'sono.sarif'];
    const { code, out, err } = await cli(args, { cwd: dir, env: env() });
    assert.deepEqual([code, out, err], [0, '', 'Written to sono.sarif.\n']);
    const log = JSON.parse(readFileSync(join(dir, 'sono.sarif'), 'utf8')) as {
      version: string;
      runs: {
        results: { locations?: { physicalLocation: { artifactLocation: { uri: string } } }[] }[];
      }[];
    };
    assert.equal(log.version, '2.1.0');
    const places = log.runs.flatMap(({ results }) =>
      results.flatMap(({ locations = [] }) =>
        locations.map((one) => one.physicalLocation.artifactLocation.uri),
      ),
    );
    assert.ok(places.includes('work/totals.py'));
  });

  it('judges a class, a row for each candidate', async () => {
    const there = await cli(['batch', 'class', '--fail-under', '99'], { cwd: dir, env: env() });
    assert.equal(there.code, 2);
    const [, score = ''] = /^ben +(\d+\.\d) +assess_\S+$/m.exec(there.out) ?? [];
    assert.match(there.out, new RegExp(`^Ada_Byron_7 +${score} +assess_\\S+$`, 'm'));
    // Here as there, where each folder is somebody's.
    rmSync(join(dir, 'class/ben'), { recursive: true });
    const here = await cli(['batch', 'class', '--json'], { cwd: dir });
    const rows = JSON.parse(here.out) as { candidate_id: string; overall_score: number }[];
    assert.deepEqual(
      rows.map((row) => [row.candidate_id, row.overall_score.toFixed(1)]),
      [['Ada_Byron_7', score]],
    );
    assert.match(there.err, /^\S+: overall is/);
  });

  it('tells what cannot be assessed, with a code of its own', async () => {
    const bad = join(dir, 'bad.zip');
    writeFileSync(bad, 'no archive');
    for (const where of [{}, env()]) {
      const { code, err } = await cli(['assess', bad, '--candidate', 'ada'], { env: where });
      assert.equal(code, 65);
      assert.match(err, /^bad\.zip is not a zip archive\./);
    }
    const picture = await cli(['assess', join(dir, 'work/picture.png')]);
    assert.equal(picture.code, 65);
    assert.match(picture.err, /There is no file to assess/);
  });

  it('shows people, keys, jobs and reports of a service', async () => {
    const given = { env: env(), cwd: dir };
    const ok = async (...args: string[]) => {
      const { code, out, err } = await cli(args, given);
      assert.equal(code, 0, err);
      return out;
    };
    assert.match(await ok('candidate', 'list'), /^Candidate +Created +Name\n(.*\n)*ben /);
    const shown = await ok('candidate', 'show', 'ada');
    const [id = ''] = /assess_\S+/.exec(shown) ?? [];
    assert.match(await ok('report', id, '--format', 'md'), /^# /);
    assert.equal(
      (
        JSON.parse(await ok('candidate', 'export', 'ada')) as {
          candidate: { candidate_id: string };
        }
      ).candidate.candidate_id,
      'ada',
    );
    await ok('keys', 'create', 'reader', '--role', 'viewer', '-o', 'viewer.key');
    const viewer = {
      cwd: dir,
      env: { SONO_EVAL_URL: service.url, SONO_EVAL_API_KEY_FILE: join(dir, 'viewer.key') },
    };
    const refused = await cli(['assess', 'work', '--candidate', 'eve'], viewer);
    assert.equal(refused.code, 77);
    assert.match(refused.err, /use one of a higher role/);
    const listed = await ok('keys', 'list');
    const [, key = ''] = /^(\w{12}) +viewer/m.exec(listed) ?? [];
    assert.equal(await ok('keys', 'revoke', key), `${key} is revoked.\n`);
    assert.equal((await cli(['candidate', 'list'], viewer)).code, 77);
    assert.match(await ok('keys', 'list'), /revoked/);
    assert.equal(await ok('jobs', 'dead'), 'No job is dead.\n');
    assert.match(await ok('candidate', 'erase', 'ada', '--yes'), /"receipt_id"/);
    assert.equal((await cli(['candidate', 'show', 'ada'], given)).code, 1);
  });
});
