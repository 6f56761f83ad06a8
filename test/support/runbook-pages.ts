/** What the runbooks tell an operator to type. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export const RUNBOOK_FOLDER = 'prometheus/runbooks';

export interface RunbookPage {
  name: string;
  text: string;
  /** Of its `sh` blocks; a line that ends with a backslash goes on in the next one. */
  commands: string[];
  /** Of its `promql` blocks. */
  queries: string[];
}

/** README.md is the first one: of its commands those that define names are left out. */
export function readRunbooks(): RunbookPage[] {
  const names = readdirSync(RUNBOOK_FOLDER).filter((name) => name !== 'README.md');
  return ['README.md', ...names].map((file) => {
    const text = readFileSync(`${RUNBOOK_FOLDER}/${file}`, 'utf8');
    const blocks = linesOf(text, 'sh').filter((lines) => !lines.some(isDefinition));
    return {
      name: basename(file, '.md'),
      text,
      commands: blocks.flat(),
      queries: linesOf(text, 'promql').flat(),
    };
  });
}

/** The names that the commands are written with: for docker compose, and for Kubernetes. */
export function readDefinitions(): { compose: string; kubernetes: string } {
  const text = readFileSync(`${RUNBOOK_FOLDER}/README.md`, 'utf8');
  const [compose, kubernetes, ...more] = linesOf(text, 'sh').filter((lines) =>
    lines.some(isDefinition),
  );
  if (compose === undefined || kubernetes === undefined || more.length > 0) {
    throw new Error('README.md has not two blocks of definitions.');
  }
  return { compose: compose.join('\n'), kubernetes: kubernetes.join('\n') };
}

function linesOf(text: string, language: string): string[][] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .trim()
        .split('\n'),
  );
}

function isDefinition(line: string): boolean {
  return /^\w+\(\) \{/.test(line);
}
