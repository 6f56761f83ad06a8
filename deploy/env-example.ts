/** Writes `.env.example`: `npm run env-example`. Variables are those of the code, what they mean is told by README.md. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Committed } from '#grafana/committed.ts';
import { variables, type Variable } from '#src/config/variables.ts';

const HEAD = `# Generated: npm run env-example. Copy it to .env for development; production reads the real environment only.
# Everything has a default: an empty file starts the service with an embedded PostgreSQL.
`;

/** Of Node.js, and not for a file. */
const unlisted: ReadonlySet<string> = new Set(['NODE_ENV']);

const root = fileURLToPath(new URL('..', import.meta.url));

/** Rows of the table under "Configure it": the names of the first cell, and the last cell. */
function readTable(): { names: string[]; meaning: string }[] {
  const [, section = ''] = readFileSync(`${root}README.md`, 'utf8').split('## Configure it');
  const [table = ''] = section.split('\n## ');
  const rows = table.split('\n').filter((line) => /^\| `[A-Z]/.test(line));
  return rows.map((row) => {
    const cells = row.split('|').map((cell) => cell.trim());
    const names = [...(cells[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    return { names, meaning: (cells[3] ?? '').replaceAll('`', '') };
  });
}

/** How a secret is made; undefined for what is none. */
const makerOf = (name: Variable) => /^"\$\((.*)\)"$/.exec(variables[name][2])?.[1];

/** As it would be written; what has no default is shown by an example, and a secret stays open. */
function line(name: Variable): string {
  const [, fallback, example] = variables[name];
  return `#${name}=${makerOf(name) === undefined ? (fallback ?? example) : ''}`;
}

function text(): string {
  const rows = readTable();
  const named = new Set(rows.flatMap(({ names }) => names));
  const missing = Object.keys(variables).filter((name) => !named.has(name) && !unlisted.has(name));
  if (missing.length > 0) throw new Error(`README.md does not tell of ${missing.join(', ')}.`);
  const isOurs = (name: string): name is Variable => name in variables;
  const parts = rows.map(({ names, meaning }) => {
    const lines = names.map((name) => (isOurs(name) ? line(name) : `#${name}=`));
    const makers = names.flatMap((name) => (isOurs(name) ? (makerOf(name) ?? []) : []));
    const told = [meaning, ...makers.filter((maker) => !meaning.includes(maker))];
    return [`# ${told.filter((part) => part !== '').join('; ')}`, ...lines].join('\n');
  });
  return `${[HEAD, ...parts].join('\n\n').replace('\n\n\n', '\n\n')}\n`;
}

export const envExample: Committed = {
  folder: root,
  ending: '.env.example',
  files: new Map([['.env.example', text()]]),
};

if (import.meta.main) build(envExample, 'npm run env-example');
