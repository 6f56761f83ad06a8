/** Scanners over what is committed: no secrets, and no regular expression whose work explodes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { check } from 'recheck';
import { runSecretLint } from 'secretlint';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';

/** Secrets that are none, and why they are there. */
const fakes: Record<string, string> = {
  'test/backup/parts.test.ts': 'a URL of a database that does not exist, to be taken apart',
  'test/config.test.ts': 'URLs of databases that do not exist, for what is refused',
  'test/config/production.test.ts': 'guessable passwords, for what is refused',
  'test/engine/mask-secrets.test.ts': 'what the engine hides in submissions',
  'test/fixtures/engine-cases/defects.json':
    'mistakes in code, passwords in it among them, to be found',
  'test/fixtures/redaction/innocent.txt': 'texts that look like secrets and must stay',
  'test/fixtures/redaction/secret.txt': 'texts of the form of secrets, which must be hidden',
  'test/migrate.test.ts': 'URLs of databases that do not exist, which must not be printed',
  'test/storage/postgres/database-url.test.ts': 'URLs of databases that do not exist, to be read',
  'test/telemetry/capture-console.test.ts':
    'a password that a library prints, which must be hidden',
};

/** Files in which something is found. */
async function withSecrets(files: string[], cwd = process.cwd()): Promise<string[]> {
  const { stdout, stderr } = await runSecretLint({
    cliOptions: { cwd, filePathOrGlobList: files, noGlob: true },
    engineOptions: {
      cwd: process.cwd(),
      formatter: 'json',
      maskSecrets: true,
      configFileJSON: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend' }] },
    },
  });
  if (stderr !== null) throw stderr;
  const found = JSON.parse(stdout ?? '[]') as { filePath: string; messages: unknown[] }[];
  return found
    .filter(({ messages }) => messages.length > 0)
    .map(({ filePath }) => relative(cwd, filePath));
}

/** What git ignores at the root. */
const notOurs = /^(?:node_modules|data|backups|logs|coverage|\.git)(?:\/|$)|^\.env(?!\.example$)/;

/** What is committed, or may be; in an unpacked archive, of which git knows nothing, what is there. */
function filesHere(): string[] {
  if (!existsSync('.git')) {
    return readdirSync('.', { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll(sep, '/'))
      .filter((name) => !notOurs.test(name) && statSync(name).isFile());
  }
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args).toString().split('\0');
  return listed.filter((name) => name !== '');
}

describe('secrets in the repository', () => {
  it('are none but fakes', async () => {
    const files = filesHere();
    assert.ok(files.length > 500);
    assert.deepEqual((await withSecrets(files)).sort(), Object.keys(fakes).sort());
  });

  it('would be found', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sono-secrets-'));
    try {
      writeFileSync(join(folder, 'clean.txt'), 'nothing');
      // In parts, or it would be found here.
      const key = [
        '-----BEGIN RSA',
        `PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA'.repeat(8)}\n-----END RSA`,
      ];
      writeFileSync(join(folder, 'key.pem'), `${key.join(' ')} PRIVATE KEY-----\n`);
      const token = ['gh', 'p_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'];
      writeFileSync(join(folder, 'token.ts'), `const token = '${token.join('')}';\n`);
      const found = await withSecrets(['clean.txt', 'key.pem', 'token.ts'], folder);
      assert.deepEqual(found.sort(), ['key.pem', 'token.ts']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

interface Expression {
  file: string;
  pattern: string;
  flags: string;
}

/**
 * Made of texts when the service runs, so not read here: of parts that are given above them, or of names in a
 * submission, which are escaped.
 */
const madeAtRunTime: Record<string, string> = {
  'src/engine/prose/mentions.ts':
    'of the names that the rubric lists, escaped: one of them or none',
  'src/engine/syntax/any-of.ts':
    'of patterns that are each read where they stand, searched in names and in lines of 500 characters',
  'src/engine/syntax/given-names.ts': 'of a name of letters, searched in 200 characters',
  'src/storage/postgres/errors.ts': 'of a constant, and searched in a SQLSTATE',
  'telemetry/redaction/assignments.ts': 'test/telemetry/redaction-work.test.ts counts its steps',
  'telemetry/redaction/command-lines.ts': 'test/telemetry/redaction-work.test.ts counts its steps',
  'telemetry/redaction/emails.ts': 'test/telemetry/redaction-work.test.ts counts its steps',
  'telemetry/redaction/tokens.ts': 'test/telemetry/redaction-work.test.ts counts its steps',
};

/** Of names that a submission has, escaped; searched in a thread that is ended when the time is up. */
const ofSubmissions = 'src/engine/syntax/patterns/';

/** Work that may grow by a power of the length: bounded in other ways, see `madeAtRunTime`. */
const isBoundedElsewhere = ({ file }: Expression) =>
  /^(src\/engine\/|telemetry\/redaction[/.])/.test(file);

/** Only a group that is repeated without end can be matched in exponentially many ways. */
const repeatsGroup = ({ pattern }: Expression) => /\)([*+]|\{\d+,\})/.test(pattern);

/** Those that are linear take a second at most; the rest of the time is for machines that are busy. */
const thoroughly = { timeout: 20_000, maxIteration: 3, maxNFASize: 5000, randomSeed: 1 };
/** What cannot be decided in this time is not known to be exponential. */
const quickly = { timeout: 500, randomSeed: 1 };

describe('regular expressions', function () {
  this.timeout(300_000);
  let expressions: Expression[] = [];
  const makers = new Set<string>();
  let read: (file: string, text: string) => Expression[];

  before(async () => {
    const parser = (await loadGrammars()).parser('typescript');
    assert.ok(parser !== null);
    read = (file, text) => {
      const tree = parser.parse(text);
      if (tree === null) throw new Error(`${file} cannot be parsed.`);
      if (/new RegExp\(/.test(text)) makers.add(file);
      const found = tree.rootNode.descendantsOfType('regex').map((node) => ({
        file,
        pattern: node?.childForFieldName('pattern')?.text ?? '',
        flags: node?.childForFieldName('flags')?.text ?? '',
      }));
      tree.delete();
      return found;
    };
    const files = ['src', 'telemetry'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
    expressions = files.flatMap((file) => read(file, readFileSync(file, 'utf8')));
  });

  async function faultsOf(
    chosen: Expression[],
    params: typeof quickly,
    fault: RegExp,
  ): Promise<string[]> {
    const unlike = new Map(chosen.map((one) => [`/${one.pattern}/${one.flags}`, one]));
    const faults: string[] = [];
    for (const [text, { file, pattern, flags }] of unlike) {
      const diagnostics = await check(pattern, flags, params);
      const kind = diagnostics.status === 'vulnerable' ? diagnostics.complexity.type : '';
      const found = `${diagnostics.status} ${kind}`;
      if (fault.test(found)) faults.push(`${found}: ${text} in ${file}`);
    }
    return faults;
  }

  it('are seen', () => {
    assert.ok(expressions.length > 700, String(expressions.length));
    const others = [...makers].filter((file) => !file.startsWith(ofSubmissions));
    assert.deepEqual(others.sort(), Object.keys(madeAtRunTime).sort());
  });

  it('take work in proportion to the text, where the service itself uses them', async () => {
    const chosen = expressions.filter((one) => !isBoundedElsewhere(one));
    assert.ok(chosen.length > 100);
    assert.deepEqual(await faultsOf(chosen, thoroughly, /^(vulnerable|unknown)/), []);
  });

  it('take no exponential work where it is bounded otherwise', async () => {
    const chosen = expressions.filter((one) => isBoundedElsewhere(one) && repeatsGroup(one));
    assert.ok(chosen.length > 5);
    assert.deepEqual(await faultsOf(chosen, quickly, /exponential/), []);
  });

  it('would be found', async () => {
    const bad = read('seeded.ts', 'const a = /^(a+)+$/; const b = /\\s+$/; const c = /^a+$/g;');
    assert.equal(bad.length, 3);
    const exponential = 'vulnerable exponential: /^(a+)+$/ in seeded.ts';
    assert.deepEqual(await faultsOf(bad, thoroughly, /^(vulnerable|unknown)/), [
      exponential,
      'vulnerable polynomial: /\\s+$/ in seeded.ts',
    ]);
    assert.deepEqual(await faultsOf(bad.filter(repeatsGroup), quickly, /exponential/), [
      exponential,
    ]);
  });
});
