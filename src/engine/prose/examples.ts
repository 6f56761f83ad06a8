import type { ProseBlock } from './blocks.ts';
import type { GroundingIndex } from './grounding.ts';

export type ExampleVerdict =
  | 'uses_code'
  | 'request'
  | 'command'
  | 'settings'
  | 'session'
  | 'usual_command'
  | 'data'
  | 'layout'
  | 'diagram'
  | 'foreign'
  | 'broken';

/** Tools by the languages of which a project has use for them; `git` and the like tell nothing of this project. */
const tools: readonly (readonly [tool: RegExp, languages: readonly string[]])[] = [
  [
    /^(?:npm|npx|yarn|pnpm|node|deno|bun|ng|tsx|vite|vitest|jest)$/,
    ['javascript', 'typescript', 'tsx', 'vue', 'svelte'],
  ],
  [/^(?:pip3?|python3?|pytest|poetry|uv|tox|uvicorn|flask|streamlit|jupyter)$/, ['python']],
  [/^(?:mvnw?|gradlew?|javac?)$/, ['java', 'kotlin', 'scala']],
  [/^(?:go)$/, ['go']],
  [/^(?:cargo|rustc)$/, ['rust']],
  [/^(?:dotnet)$/, ['csharp', 'fsharp']],
  [/^(?:cmake|ctest|g\+\+|gcc|cc|clang(?:\+\+)?)$/, ['cpp', 'c']],
  [/^make$/, ['cpp', 'c', 'go', 'rust', 'python']],
  [/^(?:php|composer|phpunit)$/, ['php']],
  [/^(?:ruby|rake|rails|rackup|bundle|rspec|gem)$/, ['ruby']],
];

/** First words of the lines of a block. */
const linePattern = /^[ \t]*(?:[$>][ \t]*)?(?:\.\/)?([\w+-]+)/gm;

/** Whether a block gives a command that a project in these languages understands without files to prove it. */
export function isUsualCommand(text: string, languages: ReadonlySet<string>): boolean {
  const words = [...text.matchAll(linePattern)].map(([, word]) => word ?? '');
  return words.some((word) =>
    tools.some(([tool, of]) => tool.test(word) && of.some((language) => languages.has(language))),
  );
}

/** What a block may be to its reader; the first that holds. Closing brackets stand in for parsing; nothing is run. */
const verdicts: readonly (readonly [
  verdict: ExampleVerdict,
  holds: (text: string, index: GroundingIndex) => boolean,
])[] = [
  ['layout', (text, { files }) => isTree(text) && showsOwn(text, files)],
  ['diagram', (text) => isTree(text) || isDiagram(text)],
  ['broken', (text) => !balanced(text)],
  ['uses_code', callsCode],
  ['request', (text, { answers }) => addressesIn(text).some((address) => answers(address))],
  [
    'settings',
    (text, { files }) => isSettings(text) && pathsIn(text).some((one) => files.has(one)),
  ],
  ['command', (text, { files }) => pathsIn(text).some((path) => files.has(path))],
  ['command', (text, { packages }) => programsStarted(text, packages).length > 0],
  ['usual_command', (text, { languages }) => isUsualCommand(text, languages)],
  ['usual_command', isContainer],
  ['data', isDataOf],
  ['session', isSession],
];

/** An object, rows of it, or markup: nobody types these at a prompt. */
function isSettings(text: string): boolean {
  return /^\s*(?:\/\/.*\n\s*)?(?:[{<[]|"[\w-]+"\s*:)/.test(text);
}

function showsOwn(text: string, files: GroundingIndex['files']): boolean {
  return pathsIn(text).some((path) => files.has(path) || files.has(`${path}/`));
}

/** `├── src`, `|-- src`, `+--- src`: two lines of it. */
function isTree(text: string): boolean {
  return (text.match(/^[ \t│|]*(?:[├└╰][─-]|\|--|`--|\+--|\\--)/gm)?.length ?? 0) >= 2;
}

/** Drawn with lines, or told to a tool that draws. */
function isDiagram(text: string): boolean {
  return (
    /^\s*(?:(?:graph|flowchart) (?:TB|TD|BT|RL|LR)\b|sequenceDiagram|classDiagram|stateDiagram|erDiagram|gantt\b|pie\b|mindmap|@startuml)/.test(
      text,
    ) || (text.match(/[┌┐└┘┬┴╔╗╚╝▼▲]|\+-{3,}\+/g)?.length ?? 0) >= 4
  );
}

/** What a fenced block is to its reader. */
export function looksLikeExample(block: ProseBlock, index: GroundingIndex): ExampleVerdict {
  return verdicts.find(([, holds]) => holds(block.text, index))?.[0] ?? 'foreign';
}

/** Packages that a text takes or calls by their names: `const accepts = require('accepts')`, `ms('2 days')`. */
export function packagesUsed(text: string, packages: ReadonlySet<string>): string[] {
  const used = text.matchAll(
    /\b(?:from|import|require)\b\s*\(?\s*["'`]([^"'`\n]+)["'`]|(?<![\w$.])([A-Za-z_$][\w$]*)\(/g,
  );
  return [...used]
    .map(([, taken, called]) => taken ?? called ?? '')
    .filter((name) => packages.has(name));
}

/** Programs of the submission with which lines of a text begin: `$ todo add milk`. */
export function programsStarted(text: string, packages: ReadonlySet<string>): string[] {
  return [...text.matchAll(linePattern)].flatMap(([, word = '']) =>
    packages.has(word) ? [word] : [],
  );
}

function callsCode(text: string, { offered, packages }: GroundingIndex): boolean {
  const called = /\b[A-Za-z_]\w*\s{0,3}\(|\bnew\s|\bimport\b|\bfrom\b|\buse\b|\brequire\b/;
  const names = [...text.matchAll(/[A-Za-z_][\w$]*/g)].filter(
    ([name]) => name.length > 2 && offered.has(name),
  );
  const usesOwn =
    names.some(({ 0: name, index }) => isMeant(name, text, index)) ||
    packagesUsed(text, packages).length > 0;
  return usesOwn && called.test(text) && showsCase(text);
}

/** Many programs have a `constructor` and some `content`: a name of one plain word is meant where it is called or taken. */
function isMeant(name: string, text: string, at: number): boolean {
  if (/^(?:constructor|initialize|main|__init__)$/.test(name)) return false;
  if (/[a-z\d][A-Z]|_|^[A-Z]/.test(name)) return true;
  const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
  return (
    /^\s*(?:<[^<>\n]{0,80}>\s*)?[(!{]|^\s*[\w.]+\s*\(/.test(
      text.slice(at + name.length, at + name.length + 100),
    ) || /\b(?:import|from|use|using|require|include|new|await)\b/.test(line)
  );
}

/** Input or a session: two words that lines begin with, or that of the only line, are texts of the code by themselves. */
function isSession(text: string, { said }: GroundingIndex): boolean {
  const first = [...text.matchAll(/^[ \t]*(?:[$>%#][ \t]*)?([A-Za-z][\w-]*)/gm)].map(
    ([, word = '']) => word.toLowerCase(),
  );
  const known = new Set(first.filter((word) => said.has(word)));
  return known.size >= Math.min(2, first.length) && known.size > 0;
}

function pathsIn(text: string): string[] {
  return (text.match(/[\w./-]+/g) ?? []).map((path) => path.replace(/^\.\//, ''));
}

/** `http://localhost:8080/orders`, the path of `GET /orders/1`; without the quotes around it. */
function addressesIn(text: string): string[] {
  const asked = /(https?:\/\/[^\s"'`<>]+)|\b(?:GET|POST|PUT|PATCH|DELETE)\s+(\/[^\s"'`]*)/g;
  return [...text.matchAll(asked)].map(([, address, path]) => address ?? path ?? '');
}

/** A command for containers, which files of the submission describe. */
function isContainer(text: string, { files }: GroundingIndex): boolean {
  const described = [...files].some((path) =>
    /^(?:Dockerfile|(?:docker-)?compose\b.*)$/.test(path),
  );
  return described && /^[ \t]*(?:[$>#][ \t]*)?(?:sudo )?(?:docker|podman)\b/m.test(text);
}

/** Bodies, rows and settings: half of the keys or more are names in the code, two of them at least. */
function isDataOf(text: string, { symbols }: GroundingIndex): boolean {
  const keys = [...text.matchAll(/"(\w+)"\s*:|^[ \t]*(?:export |- )?(\w+)[ \t]*[:=]/gm)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  const distinct = [...new Set(keys)];
  const known = distinct.filter((key) => key.length > 2 && symbols.has(key));
  return known.length >= 2 && known.length * 2 >= distinct.length;
}

/** A call of bare numbers whose outcome is not told shows no case. */
function showsCase(text: string): boolean {
  const calls = text.replaceAll(/^.*\b(?:import|require|use|using|include)\b.*$/gm, '');
  return /["'`{[]|=>|\/\/|#|>>>|[A-Za-z_]\w*\(\s*[A-Za-z_]\w*\s*,/.test(calls);
}

/** Brackets close in order; what stands in quotes does not count. */
function balanced(text: string): boolean {
  const closing: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
  const open: string[] = [];
  const bare = text.replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '');
  for (const [character] of bare.matchAll(/[()[\]{}]/g)) {
    const opener = closing[character];
    if (opener === undefined) open.push(character);
    else if (open.pop() !== opener) return false;
  }
  return open.length === 0;
}
