/** squawk on the SQL of every migration: what would lock a table that is in use, or break the release before. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Migration } from '@mikro-orm/migrations';

const folder = new URL('../../../src/storage/migrations/', import.meta.url);

/** Rules that say nothing of locks or of the release before. */
const excluded: Record<string, string> = {
  'ban-char-field': 'Digests have one length.',
  'prefer-bigint-over-int': 'Counts and bytes of one submission fit.',
  'prefer-bigint-over-smallint': 'Levels and attempts fit.',
  'prefer-text-field': 'A length in the database is the last limit of what clients send.',
  'require-lock-timeout': 'The connection that migrates has one of 3 s.',
  'require-statement-timeout': 'An index of a large table takes as long as it takes.',
};

/** Released, so never edited; their tables were small. A new migration has none without a reason. */
const accepted: Record<string, string[]> = {
  '20261123060000-index-filters': ['require-concurrent-index-creation', 'changing-column-type'],
  '20261128160000-find-kept-answers': ['require-concurrent-index-creation'],
  '20261129110000-create-tombstones': ['require-concurrent-index-creation'],
  // Tables of pg-boss, as it makes them.
  '20261130090000-create-queue': ['prefer-timestamp-tz', 'adding-serial-primary-key-field'],
  '20261130120000-create-cohorts': [
    'require-concurrent-index-creation',
    'require-concurrent-index-deletion',
  ],
  '20261130135000-find-due-deliveries': ['require-concurrent-index-creation'],
  // Of a column that is new: no row is in the index yet, and jobs leave their table after JOB_RETENTION_DAYS.
  '20261202100000-create-rubrics': ['require-concurrent-index-creation'],
};

/** By migration, the rules that it breaks. */
function lint(migrations: Record<string, string>): Record<string, string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'sono-migrations-'));
  try {
    for (const [name, sql] of Object.entries(migrations)) {
      writeFileSync(join(dir, `${name}.sql`), sql);
    }
    const files = Object.keys(migrations).map((name) => join(dir, `${name}.sql`));
    const options = [
      '--pg-version=14',
      '--assume-in-transaction',
      '--reporter=json',
      `--exclude=${Object.keys(excluded).join()}`,
    ];
    const { stdout } = spawnSync('node_modules/.bin/squawk', [...options, ...files], {
      encoding: 'utf8',
    });
    const found = JSON.parse(stdout) as { file: string; rule_name: string }[];
    const rules: Record<string, string[]> = {};
    for (const { file, rule_name: rule } of found) {
      const known = (rules[basename(file, '.sql')] ??= []);
      if (!known.includes(rule)) known.push(rule);
    }
    return rules;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function sqlOf(file: string): Promise<string> {
  const module = (await import(new URL(file, folder).href)) as Record<string, unknown>;
  const Kind = Object.values(module)[0] as new (driver: never, config: never) => Migration;
  const migration = new Kind({} as never, {} as never);
  await migration.up();
  return migration
    .getQueries()
    .map((query) => (typeof query === 'string' ? `${query};\n` : assert.fail('no text')))
    .join('');
}

describe('migrations', () => {
  it('lock no table that is in use for long, and leave the release before working', async () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    const sql: Record<string, string> = {};
    for (const file of files) sql[basename(file, '.ts')] = await sqlOf(file);
    assert.ok(Object.values(sql).every((text) => text.length > 20));
    assert.deepEqual(lint(sql), accepted);
  });

  it('would be refused for a lock, and for what the release before still reads', () => {
    assert.deepEqual(
      lint({
        index: 'create index a on candidates (created_at);',
        drop: 'alter table candidates drop column display_name;',
        rename: 'alter table candidates rename column display_name to name;',
        type: 'alter table candidates alter column display_name type text;',
        required: 'alter table candidates add column born date not null;',
      }),
      {
        index: ['require-concurrent-index-creation'],
        drop: ['ban-drop-column'],
        rename: ['renaming-column'],
        type: ['changing-column-type'],
        required: ['adding-required-field'],
      },
    );
  });
});
