/** What README.md and the guide of operators have somebody type: each command is run here, by a test, or there is a reason. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { assessmentExamples } from '#src/features/assessments/assessment-examples.ts';
import { zip } from '#test/features/files/archives.ts';
import { findDebianTool } from '#test/support/debian-tools.ts';
import { cli } from '#test/support/cli.ts';
import { commandsOf } from '#test/support/documented-commands.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { testService } from '#test/support/service.ts';

const commands = ['README.md', 'deploy/README.md'].flatMap((file) =>
  commandsOf(readFileSync(file, 'utf8')),
);

/** By what they begin with. */
const unexecuted: Record<string, string[]> = {
  'It needs a Docker engine; npm run image takes the steps of the Dockerfile without one.': [
    'docker ',
    'COMPOSE_PROFILES=',
  ],
  'It needs a cluster; npm run chaos cluster runs what the manifests describe, and deploy/smoke.sh.':
    ['kubectl ', 'SMOKE_KEY="$(kubectl '],
  'k6 is in no registry of packages that this project uses.': ['k6 '],
  'The archive is for Superset, which is in no registry of npm.': ['python3 -m zipfile '],
  'It takes minutes.': ['npm run drill', 'npm run capacity'],
  'It is how this very test is run, or the service of the machine.': ['npm ci && '],
};

/** Where a test runs it, or the file behind it. */
const elsewhere: Record<string, { file: string; names: string }> = {
  'DATABASE_URL=postgresql://… npm run migrate up': {
    file: 'test/migrate.test.ts',
    names: 'src/migrate.ts',
  },
  'npm run doctor': { file: 'test/doctor/examine.test.ts', names: 'src/doctor' },
  'npm run doctor -- --url https://api.example.com': {
    file: 'test/doctor/https.test.ts',
    names: 'src/doctor/https.ts',
  },
  'npm run -s doctor -- --json --strict': {
    file: 'test/doctor/examine.test.ts',
    names: 'src/doctor',
  },
  'npm run -s tombstones -- export > tombstones.jsonl': {
    file: 'test/features/candidates/personal-data.test.ts',
    names: 'src/tombstones.ts',
  },
  'npm run -s tombstones -- replay < tombstones.jsonl': {
    file: 'test/features/candidates/personal-data.test.ts',
    names: 'src/tombstones.ts',
  },
  'npm run backup': { file: 'test/backup/backup.test.ts', names: '#src/backup/' },
  'npm run restore:verify': { file: 'test/backup/backup.test.ts', names: '#src/backup/' },
  'npm run restore -- backups/<folder>': {
    file: 'test/backup/backup.test.ts',
    names: '#src/backup/',
  },
  [`PGOPTIONS='-c analytics.password=…' psql "$ADMINISTRATOR_URL" -f deploy/superset/analytics-role.sql`]:
    {
      file: 'test/deploy/analytics.test.ts',
      names: 'deploy/superset/analytics-role.sql',
    },
  'psql "$DATABASE_URL" -f deploy/superset/analytics-grants.sql': {
    file: 'test/deploy/analytics.test.ts',
    names: 'deploy/superset/analytics-grants.sql',
  },
  'npm run demo:observability': {
    file: 'test/demo/observability.test.ts',
    names: 'test/demo/observability.ts',
  },
};

const reasonFor = (command: string) =>
  Object.entries(unexecuted).find(([, starts]) =>
    starts.some((start) => command.startsWith(start)),
  )?.[0];
const own = commands.filter((command) => command.startsWith('sono-eval '));
const here = commands.filter(
  (command) =>
    reasonFor(command) === undefined && !(command in elsewhere) && !own.includes(command),
);

describe('the commands of the documents', () => {
  it('are there, and none is left out without a reason or a test', () => {
    assert.ok(commands.length > 55 && here.length >= 33, `${commands.length}, ${here.length}`);
    const starts = Object.values(unexecuted).flat();
    for (const start of starts)
      assert.ok(
        commands.some((one) => one.startsWith(start)),
        start,
      );
    for (const [command, { file, names }] of Object.entries(elsewhere)) {
      assert.ok(commands.includes(command), command);
      assert.ok(
        readFileSync(file, 'utf8').includes(names.replace(/^src\/doctor$/, '#src/doctor')),
        file,
      );
    }
  });

  const env: Record<string, string> = { AUTH_REQUIRED: 'true' };
  let redis: RedisServer;
  let dir: string;
  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    redis = await startRedisServer();
    env['REDIS_URL'] = redis.url;
    dir = mkdtempSync(join(tmpdir(), 'sono-commands-'));
    symlinkSync(join(process.cwd(), 'test'), join(dir, 'test'));
    symlinkSync(join(process.cwd(), 'src'), join(dir, 'src'));
    mkdirSync(join(dir, 'data'));
    const code = 'def total(orders):\n    return sum(order.price for order in orders)\n';
    writeFileSync(join(dir, 'project.zip'), zip([{ name: 'project/total.py', content: code }]));
    writeFileSync(
      join(dir, 'class.zip'),
      zip([
        { name: 'Ada_1_assignsubmission_file_/total.py', content: code },
        { name: 'Grace_2_assignsubmission_file_/total.py', content: `${code}\n\nNONE = 0\n` },
      ]),
    );
  });
  after(async () => {
    rmSync(dir, { recursive: true, force: true });
    await redis.stop();
  });
  const service = testService(env);

  it('that assess on this machine do what they say', async () => {
    const cwd = join(dir, 'work');
    mkdirSync(cwd);
    for (const { path, content } of assessmentExamples.files.value.content.files)
      writeFileSync(join(cwd, path), content);
    copyFileSync(join(dir, 'class.zip'), join(cwd, 'class.zip'));
    assert.ok(own.length >= 5);
    for (const command of own) {
      const { code, out, err } = await cli(command.split(/ +/).slice(1), { cwd });
      assert.equal(code, 0, `${command}\n${err}`);
      const file = / -o (\S+)/.exec(command)?.[1];
      assert.ok(file === undefined ? out !== '' : existsSync(join(cwd, file)), command);
    }
  });

  it('that ask the service do what they say', async () => {
    writeFileSync(join(dir, 'data/admin.key'), `${service.adminKey}\n`);
    // The class that the README asks for.
    const submitted = await service.post(
      '/api/v1/assessments',
      {
        candidate_id: 'linus',
        content: { code: 'def smallest(numbers):\n    return min(numbers)\n' },
        options: { challenge: 'sorting', labels: ['7b'] },
      },
      { 'X-API-Key': service.adminKey },
    );
    assert.equal(submitted.status, 201);
    const { host, port } = new URL(service.url);
    const jq = await findDebianTool('jq');
    const run = (script: string) =>
      new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
        const path = [dirname(process.execPath), dirname(jq.path), process.env['PATH']].join(
          delimiter,
        );
        execFile(
          'bash',
          ['-c', script],
          { cwd: dir, env: { ...process.env, ...jq.env, PATH: path } },
          (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        ).stdin?.end();
      });
    const prelude = [
      'set -eo pipefail',
      'curl() { command curl --fail-with-body --show-error "$@"; }',
    ];
    const known: Record<string, string[]> = { candidate_id: ['ada'] };
    const filled = (command: string) =>
      command
        .replaceAll('localhost:8000', host)
        .replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`)
        .replaceAll(
          /<(other_)?(\w+_id)>/g,
          (_, other, name: string) => known[name]?.at(other === undefined ? 0 : 1) ?? '?',
        );
    // Whoever is erased has nothing that the others could ask for, and without Redis nobody is erased for good.
    const last = ['-X DELETE', 'forced_open'];
    const rank = (command: string) => last.findIndex((part) => command.includes(part));
    for (const command of here.toSorted((a, b) => rank(a) - rank(b))) {
      const text = filled(command);
      const [, variable] = /^([A-Z]+)=/.exec(command) ?? [];
      const told = variable === undefined ? '' : `\nprintf %s "$${variable}"`;
      const { code, stdout, stderr } = await run([...prelude, text].join('\n') + told);
      assert.equal(code, 0, `${text}\n${stdout}${stderr}`);
      if (variable !== undefined) prelude.push(`${variable}='${stdout}'`);
      for (const [, name = '', value = ''] of stdout.matchAll(
        /"((?:assessment|file|appeal)_id)":\s*"([^"]+)"/g,
      )) {
        known[name] = [...new Set([...(known[name] ?? []), value])];
      }
    }
    assert.equal(
      (
        await run(
          `${prelude.join('\n')}\ncurl -s -o /dev/null -H "$KEY" ${host}/api/v1/candidates/ada`,
        )
      ).code,
      22,
    );
  });
});
