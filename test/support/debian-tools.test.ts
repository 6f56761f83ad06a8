/** The tools of the suite on a machine where they were never installed. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { findDebianTool, type DebianTool } from './debian-tools.ts';
import { freePort } from './free-port.ts';
import { killChild } from './started-process.ts';
import { until } from './until.ts';

const run = promisify(execFile);

describe('a tool that is not installed', function () {
  // The first run downloads.
  this.timeout(300_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-debian-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const alertmanager = (port: number) => [
    `--config.file=${process.cwd()}/prometheus/alertmanager.yml`,
    `--storage.path=${dir}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];

  it('has Alertmanager read its templates from the cache, and nowhere else', async () => {
    const { path, cwd, env } = await findDebianTool('alertmanager', { installed: false });
    assert.ok(cwd !== undefined && path.startsWith(cwd));
    const port = await freePort();
    const child = spawn(path, alertmanager(port), {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    try {
      await until(async () => {
        assert.equal(child.exitCode, null, 'it ended');
        return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
      });
    } finally {
      await killChild(child);
    }

    // The same in a directory without them: also where the package is installed they are not found.
    const lost = spawn(path, alertmanager(port), {
      cwd: dir,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(lost.stderr), once(lost, 'exit')]);
    assert.equal(code, 1);
    assert.match(said, /open usr\/share\/prometheus\/alertmanager\/default\.tmpl: no such file/);
  });

  it('has Prometheus show its pages', async () => {
    const { path, cwd, env } = await findDebianTool('prometheus', { installed: false });
    writeFileSync(join(dir, 'empty.yml'), '');
    const port = await freePort();
    const child = spawn(
      path,
      [
        `--config.file=${dir}/empty.yml`,
        `--storage.tsdb.path=${dir}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { ...(cwd === undefined ? {} : { cwd }), env: { ...process.env, ...env }, stdio: 'ignore' },
    );
    try {
      const url = `http://127.0.0.1:${port}/`;
      await until(async () => {
        assert.equal(child.exitCode, null, 'it ended');
        return (await fetch(`${url}-/ready`)).ok;
      });
      const page = await fetch(url);
      assert.equal(page.status, 200);
      const links = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"?]+\.(?:js|css))/g)];
      assert.ok(links.length > 0);
      for (const [, link = ''] of links) {
        assert.equal((await fetch(new URL(link, url))).status, 200, link);
      }
    } finally {
      await killChild(child);
    }
  });

  for (const name of ['redis-server', 'promtool', 'amtool'] as const) {
    it(`runs: ${name}`, async () => {
      const { path, cwd, env } = await findDebianTool(name, { installed: false });
      assert.equal(cwd, undefined);
      const { stdout, stderr } = await run(path, ['--version'], {
        env: { ...process.env, ...env },
      });
      assert.match(stdout + stderr, /\d+\.\d+/);
    });
  }

  describe('and its package', () => {
    const whole = ['prometheus-alertmanager', 'amtool'];

    /** An apt-get that counts its downloads, and a dpkg-deb that unpacks these commands. */
    function substitute(content: string, commands = whole, aptGet?: string): void {
      const bin = join(dir, 'bin');
      mkdirSync(bin);
      const script = (name: string, body: string) =>
        writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      const download = `for arg; do case "$arg" in
        Dir::Cache=*) cache=\${arg#*=} ;;
        install) echo "$*" >> ${dir}/downloads; echo > "$cache/archives/substitute.deb" ;;
      esac; done`;
      script('apt-get', aptGet ?? download);
      const files = commands.map(
        (name) => `echo '${content}' > "$3/usr/bin/${name}"; chmod 755 "$3/usr/bin/${name}"`,
      );
      script('dpkg-deb', `mkdir -p "$3/usr/bin"\n${files.join('\n')}`);
    }
    const find = (tool: DebianTool, cache = 'cache') =>
      findDebianTool(tool, {
        installed: false,
        cache: join(dir, cache),
        path: `${dir}/bin:/usr/bin:/bin`,
      });
    /** The same directory as another process would have it: this one remembers what it fetched. */
    const alias = (name: string) => {
      symlinkSync(join(dir, 'cache'), join(dir, name));
      return name;
    };
    const failure = async () => {
      const error: unknown = await find('amtool').catch((reason: unknown) => reason);
      assert.ok(error instanceof Error);
      return error.message;
    };
    const sentence = (reason: string) =>
      `amtool is needed for this test: it is not on PATH and could not be fetched with apt-get: ${reason}; install it (the Debian package is prometheus-alertmanager).`;
    const downloads = () => readFileSync(join(dir, 'downloads'), 'utf8').trim().split('\n');
    const kept = () => {
      const [format = ''] = readdirSync(join(dir, 'cache')).filter((name) => name.startsWith('v'));
      return join(dir, 'cache', format);
    };

    it('is unpacked once, without the path of an installed one, and leaves nothing else', async () => {
      substitute('open /usr/share/prometheus/alertmanager');
      const { path } = await find('alertmanager');
      await find('amtool');
      assert.equal(downloads().length, 1);
      assert.equal(readFileSync(path, 'utf8'), 'open usr/share//prometheus/alertmanager\n');
      assert.deepEqual(readdirSync(kept()), ['prometheus-alertmanager']);
    });

    it('is fetched with its parts, also where they count as installed', async () => {
      substitute('', ['redis-server']);
      await find('redis-server');
      assert.match(downloads()[0] ?? '', / --reinstall .* redis-server redis-tools$/);
    });

    it('is not taken from what an older version of this code unpacked', async () => {
      substitute('open /usr/share/prometheus/alertmanager');
      const old = join(dir, 'cache/prometheus-alertmanager/usr/bin');
      mkdirSync(old, { recursive: true });
      for (const name of whole) writeFileSync(join(old, name), '', { mode: 0o755 });
      const { path } = await find('alertmanager');
      assert.ok(path.startsWith(`${kept()}/`), path);
    });

    it('is fetched anew where a part is missing', async () => {
      substitute('open /usr/share/prometheus/alertmanager');
      const { path } = await find('alertmanager');
      rmSync(path);
      await find('alertmanager', alias('other'));
      assert.equal(downloads().length, 2);
      assert.match(readFileSync(path, 'utf8'), /^open usr/);
    });

    it('may be unpacked by two processes at once', async () => {
      substitute('open /usr/share/prometheus/alertmanager');
      mkdirSync(join(dir, 'cache'));
      const caches = ['cache', alias('other'), alias('third')];
      const found = await Promise.all(caches.map((cache) => find('alertmanager', cache)));
      assert.equal(downloads().length, 3);
      for (const { path } of found) assert.match(readFileSync(path, 'utf8'), /^open usr/);
      assert.deepEqual(readdirSync(kept()), ['prometheus-alertmanager']);
    });

    it('must look for the path that is replaced', async () => {
      substitute('embedded');
      const reason =
        'prometheus-alertmanager of the Debian package prometheus-alertmanager does not look for /usr/share/prometheus/ any more';
      assert.equal(await failure(), sentence(reason));
    });

    it('cannot be had without apt-get, and it says so', async () => {
      substitute('', whole, 'exit 1');
      rmSync(join(dir, 'bin/apt-get'));
      const error: unknown = await findDebianTool('amtool', {
        installed: false,
        cache: join(dir, 'cache'),
        path: join(dir, 'bin'),
      }).catch((reason: unknown) => reason);
      assert.ok(error instanceof Error);
      assert.equal(error.message, sentence('there is no apt-get'));
    });

    it('cannot be had without network, and it says so', async () => {
      substitute(
        '',
        whole,
        'case "$*" in *update) echo "W: Failed to fetch x" >&2 ;; *) exit 100 ;; esac',
      );
      assert.equal(await failure(), sentence('the package sources could not be reached'));
    });

    it('cannot be had where it does not exist, and it says what apt-get said', async () => {
      substitute('', whole, 'echo "E: Unable to locate package" >&2; exit 100');
      assert.equal(await failure(), sentence('Unable to locate package'));
    });
  });
});
