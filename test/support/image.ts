/** The `Dockerfile` as data: what its stages copy and run, and what a container of its image is given. */
import { readFileSync } from 'node:fs';

export interface Instruction {
  name: string;
  text: string;
}

export interface Stage {
  from: string;
  /** Empty when it has none. */
  as: string;
  instructions: Instruction[];
}

/** Comments are left out, and lines that go on are one. */
export function readStages(): Stage[] {
  const lines = readFileSync('Dockerfile', 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '');
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    const [, from = '', as = ''] = /^(\S+)(?: AS (\S+))?$/.exec(text) ?? [];
    if (name === 'FROM') stages.push({ from, as, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

const texts = (name: string) =>
  (readStages().at(-1)?.instructions ?? [])
    .filter((instruction) => instruction.name === name)
    .map(({ text }) => text);

/** What a container has in its environment before anybody says anything. */
export function imageEnvironment(): Record<string, string> {
  const build = new Map(
    texts('ARG').map((text) => text.split('=', 2) as [string, string | undefined]),
  );
  const pairs = texts('ENV').flatMap((text) => [...text.matchAll(/(\w+)=(\S*)/g)]);
  return Object.fromEntries(
    pairs.map(([, name = '', value = '']) => [
      name,
      value.startsWith('$') ? (build.get(value.slice(1)) ?? '') : value,
    ]),
  );
}

/** What it runs. */
export const imageCommand = (): string[] => JSON.parse(texts('CMD')[0] ?? '[]') as string[];

/** How it is asked for its health. */
export const imageHealth = (): string[] =>
  JSON.parse(/CMD (\[.*\])/.exec(texts('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]') as string[];

/** Files and folders of the repository that a stage copies, and where to. */
export function copiedBy(stage: Stage): { sources: string[]; target: string; from?: string }[] {
  return stage.instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ text }) => {
      const words = text.split(' ');
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      const paths = words.filter((word) => !word.startsWith('--'));
      const target = paths.pop() ?? '';
      return { sources: paths, target, ...(from === undefined ? {} : { from }) };
    });
}
