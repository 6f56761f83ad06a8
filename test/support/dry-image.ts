/** The image without Docker: each step of the Dockerfile in folders of this machine, by a user who is not root. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { copiedBy, imageEnvironment, readStages, type Stage } from './image.ts';

const ROOT = process.getuid?.() === 0;
/** Of `nobody`, when root runs it. */
export const imageUser = ROOT ? { uid: 65_534, gid: 65_534 } : {};

/** What Docker does not even see: the last line of `.dockerignore` that fits decides. */
export function isIgnored(path: string): boolean {
  let ignored = false;
  for (const line of readFileSync('.dockerignore', 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line.replace(/^!/, '');
    const parents = path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));
    // Of Docker's patterns those of our file: a star stands for names with a dot, too.
    const names = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
    if (parents.some((one) => names.test(one))) ignored = !line.startsWith('!');
  }
  return ignored;
}

function copy(sources: string[], from: string, to: string): void {
  const root = resolve(from);
  for (const source of sources) {
    const file = resolve(root, source);
    // COPY takes the content of a folder, and a file under its name into a folder.
    const isFolder = statSync(file).isDirectory();
    const target = isFolder ? to : join(to, source.split('/').at(-1) ?? '');
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target, {
      recursive: true,
      filter: (path) => {
        if (root !== process.cwd() || statSync(path).isDirectory()) return true;
        return !isIgnored(relative(root, path));
      },
    });
  }
}

async function shell(command: string, cwd: string, home: string): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    cwd,
    ...imageUser,
    env: {
      // How the registry is reached from here.
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      HOME: home,
      npm_config_cache: join(home, '.npm'),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}.`);
}

/** What a step does to a system of its own: here it is only told. */
const ofSystem = /\bapt-get\b/;

/** @param dir absolute, of its own: a folder for each stage is made in it */
async function buildStage(stage: Stage, dir: string, folders: Map<string, string>): Promise<void> {
  const home = join(dir, 'home');
  const root = folders.get(stage.as) ?? '';
  const place = (path: string) =>
    path.startsWith('/') ? join(root, path) : join(root, 'app', path);
  const copies = copiedBy(stage);
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') mkdirSync(place(text), { recursive: true });
    if (name === 'COPY') {
      const { sources, target, from } = copies.shift() ?? { sources: [], target: '' };
      const origin = from === undefined ? '.' : (folders.get(from) ?? '');
      const paths = from === undefined ? sources : sources.map((source) => source.slice(1));
      copy(paths, origin, place(target));
    }
    if (name !== 'RUN' || ofSystem.test(text)) continue;
    const installed = /^install --directory --owner node --group node (.+)$/.exec(text)?.[1];
    for (const path of installed?.split(' ') ?? []) {
      mkdirSync(place(path), { recursive: true });
      own(place(path));
    }
    if (installed !== undefined) continue;
    own(place('.'));
    await shell(text, place('.'), home);
  }
}

function own(path: string): void {
  const { uid, gid } = imageUser;
  if (uid !== undefined && existsSync(path)) chownSync(path, uid, gid);
}

export interface DryImage {
  /** What is `/app` in a container. */
  app: string;
  /** Of a container, with its paths here. */
  env: Record<string, string>;
  /** Steps that only a container can take. */
  untried: string[];
}

/** @param dir absolute, of its own, which the other user can enter */
export async function buildDryImage(dir: string): Promise<DryImage> {
  const stages = readStages();
  const folders = new Map(stages.map(({ as }) => [as, join(dir, as === '' ? 'image' : as)]));
  mkdirSync(join(dir, 'home'));
  own(join(dir, 'home'));
  for (const stage of stages) await buildStage(stage, dir, folders);
  const app = join(folders.get('') ?? '', 'app');
  const env = Object.entries(imageEnvironment()).map(([name, value]) => [
    name,
    value.replace(/^\/app\b/, app),
  ]);
  const untried = stages.flatMap(({ instructions }) =>
    instructions.filter(({ name, text }) => name === 'RUN' && ofSystem.test(text)),
  );
  return {
    app,
    env: Object.fromEntries(env) as Record<string, string>,
    untried: untried.map(({ text }) => text),
  };
}
