import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { refused } from '#src/cli/client.ts';
import { exitCodes } from '#src/cli/exit-codes.ts';
import { candidateOf } from '#src/cli/judged.ts';
import { clean, lengthOf, table, wrap } from '#src/cli/text.ts';
import { missed, readThreshold } from '#src/cli/thresholds.ts';
import { candidateId } from '#src/features/candidates/candidate-schemas.ts';
import { cli } from '#test/support/cli.ts';

const words = fc.array(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }));

describe('a table', () => {
  it('is never wider than the terminal where its last column has room', () => {
    const cell = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, words), { maxLength: 5 }),
        fc.integer({ min: 60, max: 200 }),
        (rows, width) => {
          const columns = [
            { title: 'One' },
            { title: 'Two', right: true as const },
            { title: 'Why' },
          ];
          const cells = rows.map(([one, two, why]) => [one, two, why.join(' ')]);
          for (const line of table(columns, cells, width).split('\n')) {
            assert.ok(lengthOf(line) <= width, line);
          }
        },
      ),
    );
  });

  it('shows nothing that a terminal would obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(table([{ title: 'One' }], [[text]], 80), /[^\P{Cc}\n]|\p{Cf}/u);
        assert.doesNotMatch(clean(`${text}\u001b[2J\u202e`), /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it('wraps without losing a word', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 100 }), (all, width) => {
        const text = all.join(' ');
        const squeezed = (one: string) => one.split(' ').filter((word) => word !== '');
        assert.deepEqual(squeezed(wrap(text, width).join(' ')), squeezed(clean(text)));
      }),
    );
  });
});

describe('--fail-under', () => {
  const path = (overall: number | null, technical: number | null) => ({
    overall_score: overall,
    path_scores: [{ path: 'technical', overall_score: technical, reason: 'Nothing to judge.' }],
  });

  it('is reached by the score itself, and by nothing that has no score', () => {
    const score = fc.integer({ min: 0, max: 1000 }).map((n) => n / 10);
    fc.assert(
      fc.property(score, score, (asked, found) => {
        const thresholds = [readThreshold(`technical=${asked}`), readThreshold(`${asked}`)];
        assert.equal(missed(path(found, found), thresholds).length, found >= asked ? 0 : 2);
      }),
    );
    assert.deepEqual(missed(path(null, null), [readThreshold('technical=1')]), [
      'technical has no score: Nothing to judge., and 1 was asked for',
    ]);
    assert.deepEqual(missed(path(80, 20), [readThreshold('design=0')]), [
      'design has no score, and 0 was asked for',
    ]);
  });

  it('refuses what is no path and no score', () => {
    for (const text of ['', 'x', 'tech=1', 'technical=', 'technical=101', 'technical=-1', '=5']) {
      assert.throws(() => readThreshold(text), /takes a path and a score from 0 to 100/);
    }
  });
});

describe('the candidate of a folder', () => {
  it('is a name that the service takes, whatever the folder is called', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((name) => !name.startsWith('_')),
        (name) => {
          assert.ok(candidateId.safeParse(candidateOf(name)).success);
        },
      ),
    );
    assert.equal(candidateOf('Ada Byron_123_assignsubmission_file_'), 'Ada_Byron_123');
  });
});

describe('a refusal', () => {
  const problem = (status: number, more: object = {}) =>
    JSON.stringify({ title: 'T', status, detail: 'What is wrong.', request_id: 'r-1', ...more });

  it('becomes a sentence with what to do, and a code of its own', () => {
    const told: [number, string | undefined, object, RegExp, number][] = [
      [401, undefined, {}, /put an API key into SONO_EVAL_API_KEY/, exitCodes.noPermission],
      [401, 'key', {}, /unknown here, expired or revoked/, exitCodes.noPermission],
      [403, 'key', {}, /use one of a higher role/, exitCodes.noPermission],
      [429, 'key', { retry_after: 40 }, /Try again in 40 s/, exitCodes.tempfail],
      [
        503,
        'key',
        {},
        /Try again later\. .*sono-eval doctor.*\nrequest_id r-1$/s,
        exitCodes.unavailable,
      ],
      [500, 'key', {}, /request_id r-1$/, exitCodes.failed],
      [
        422,
        'key',
        { errors: [{ pointer: '/a', message: 'must be b' }] },
        /\n {2}\/a must be b$/,
        exitCodes.data,
      ],
      [404, 'key', {}, /^What is wrong\.$/, exitCodes.failed],
    ];
    for (const [status, key, more, pattern, code] of told) {
      const { message, exitCode } = refused(status, problem(status, more), key);
      assert.match(message, /^What is wrong\./);
      assert.match(message, pattern);
      assert.equal(exitCode, code);
    }
    assert.equal(
      refused(502, '<html>', undefined).message,
      'The server answered 502 and no reason for it.',
    );
  });
});

describe('a server that has no room', () => {
  it('is asked again when it says, and not for long', async () => {
    const asked: (string | undefined)[] = [];
    const answers = [503, 503, 200];
    const server = createServer((request, response) => {
      asked.push(request.headers['x-api-key']?.toString());
      const status = answers.shift() ?? 429;
      const seconds = status === 429 ? '60' : '2';
      response.writeHead(status, { 'Retry-After': seconds, 'Content-Type': 'application/json' });
      response.end(status === 200 ? '{"items":[]}' : '{"title":"T","detail":"No room."}');
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const env = { SONO_EVAL_API_KEY: 'the-key', SONO_EVAL_URL: `http://127.0.0.1:${port}` };
      const served = await cli(['jobs', 'dead'], { env });
      assert.deepEqual(
        [served.code, served.out, served.waited],
        [0, 'No job is dead.\n', [2000, 2000]],
      );
      assert.deepEqual(asked, ['the-key', 'the-key', 'the-key']);
      const late = await cli(['jobs', 'dead'], { env });
      assert.deepEqual([late.code, late.waited], [exitCodes.tempfail, []]);
    } finally {
      server.close();
    }
  });
});

describe('the program', () => {
  it('says what is wrong with the usage, and suggests', async () => {
    const wrong: [string[], RegExp][] = [
      [['asses'], /Did you mean assess\?/],
      [['assess'], /missing required argument 'files'/],
      [['assess', '/nowhere'], /\/nowhere is not there/],
      [['assess', '.', '--type', 'poem'], /Allowed choices are code, project/],
      [['candidate', 'list', '--timeout', 'x'], /whole number of seconds/],
      [['candidate', 'list', '--server', 'ftp://x'], /must begin with https/],
      [['candidate', 'erase', 'ada'], /Nothing was erased: say --yes/],
      [
        ['assess', 'package.json', '--server', 'http://127.0.0.1'],
        /Say whose it is by --candidate/,
      ],
    ];
    for (const [args, pattern] of wrong) {
      const { code, err } = await cli(args);
      assert.match(err, pattern);
      assert.equal(code, exitCodes.usage, args.join(' '));
    }
  });

  it('tells each exit code in its help, and takes no key as an argument', async () => {
    const { code, out } = await cli(['--help']);
    assert.equal(code, 0);
    for (const one of Object.values(exitCodes)) assert.match(out, new RegExp(` ${one} `));
    assert.equal((await cli(['candidate', 'list', '--key', 'x'])).code, exitCodes.usage);
    assert.equal(
      (await cli(['candidate', 'list', '--key-file', '/nowhere'])).code,
      exitCodes.config,
    );
  });

  it('cannot reach what is not there, and says so', async () => {
    const { code, err } = await cli(['candidate', 'list', '--server', 'http://127.0.0.1:9']);
    assert.equal(code, exitCodes.unavailable);
    assert.match(err, /cannot be reached: .*\nIs the service running/);
  });

  it('completes commands and options in bash', async () => {
    const { out } = await cli(['completion', 'bash']);
    const complete = (line: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sono_eval; echo "\${COMPREPLY[*]}"`,
          'bash',
          ...line,
        ],
        { encoding: 'utf8' },
      ).trim();
    assert.equal(complete(['sono-eval', 'bat']), 'batch');
    assert.equal(complete(['sono-eval', 'candidate', 'e']), 'export erase');
    assert.equal(complete(['sono-eval', 'assess', '.', '--fail']), '--fail-under');
    for (const shell of ['zsh', 'fish']) {
      assert.match((await cli(['completion', shell])).out, /--fail-under/);
    }
  });

  it('runs as a command of its own, with the Node.js that it needs', () => {
    const out = execFileSync(process.execPath, ['src/cli/sono-eval.cjs', '--version']);
    assert.match(out.toString(), /^\d+\.\d+\.\d+\n$/);
  });
});
