import { createHash } from 'node:crypto';

import {
  codeMembers,
  proseMembers,
  type AssessmentContent,
  type AssessmentInput,
  type SourceFile,
} from './contract.ts';
import { byCodePoint, canonicalJson } from './canonical-json.ts';
import { ratio } from './numbers.ts';
import type { ProseText } from './prose/prose.ts';
import { threshold, type Rubric } from './rubric.ts';

/** What the candidate handed in, normalised: one list of files and one list of texts. */
export interface Intake {
  /** In code-point order of path. */
  files: SourceFile[];
  templates: SourceFile[];
  texts: ProseText[];
  /** Files and members that are not text, by name. */
  unreadable: string[];
  commits: { message: string; diff: string }[];
}

/** The input with line ends made equal and byte order marks dropped; everything after reads this. */
export function normaliseInput(input: AssessmentInput): AssessmentInput {
  return { ...input, content: mapStrings(input.content, normaliseText) };
}

/** Splits normalised content into files and texts. */
export function takeIn({ content, language }: AssessmentInput, rubric: Rubric): Intake {
  const most = threshold(rubric, 'binary_share');
  const files: SourceFile[] = [];
  for (const member of codeMembers) {
    const code = content[member];
    if (code !== undefined && code.trim() !== '') {
      files.push({ path: member, content: code, language });
    }
  }
  files.push(...(content.files ?? []));
  const texts = textsOf(content);
  const binary = new Set<SourceFile | ProseText>([
    ...files.filter((file) => unreadableShare(file.content) > most),
    ...texts.filter((text) => unreadableShare(text.text) > most),
  ]);
  return {
    files: files.filter((file) => !binary.has(file)).sort((a, b) => byCodePoint(a.path, b.path)),
    templates: content.template_files ?? [],
    texts: texts.filter((text) => !binary.has(text)),
    unreadable: [...binary].map((one) => ('path' in one ? one.path : one.name)).sort(byCodePoint),
    commits: (content.commits ?? []).map(({ message, diff }) => ({ message, diff: diff ?? '' })),
  };
}

/** SHA-256 that is equal exactly when the engine is asked the same question of the same material (normalised). */
export function hashInput(input: AssessmentInput, versions: Record<string, string>): string {
  const { content } = input;
  const byPath = (files: SourceFile[] | undefined): SourceFile[] =>
    [...(files ?? [])].sort((a, b) => byCodePoint(a.path, b.path));
  const question = {
    content: {
      ...content,
      files: byPath(content.files),
      template_files: byPath(content.template_files),
    },
    submission_type: input.submission_type,
    language: input.language,
    paths: [...input.paths_to_evaluate].sort(byCodePoint),
    options: input.options,
    versions,
  };
  return createHash('sha256').update(canonicalJson(question)).digest('hex');
}

/**
 * Share of what no text holds in a text's beginning: control characters (white space apart) and
 * replacement characters; all of it when it is bytes read as letters (a third from U+0080 to U+00FF,
 * where the languages written with them stay below a tenth) or encoded bytes (hardly a blank or a sign).
 */
function unreadableShare(text: string): number {
  const head = text.slice(0, 65_536);
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  const bad = head.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f\ufffd]/g)?.length ?? 0;
  if (head.length < encodedLength) return ratio(bad, head.length);
  const letters = head.match(/[\u0080-\u00ff]/g)?.length ?? 0;
  return letters * 3 > head.length || isEncoded(head) ? 1 : ratio(bad, head.length);
}

const encodedLine = /^[A-Za-z0-9+/_-]{60,}={0,2}$/m;

function isEncoded(head: string): boolean {
  const isOneLine = !head.trim().includes('\n');
  if (!isOneLine && !encodedLine.test(head)) return false;
  const lines = head.split('\n').filter((line) => line.trim() !== '');
  const codes = lines.slice(0, -1).filter((line) => encodedLine.test(line)).length;
  return codes > lines.length * 0.8 || isOneCode(lines);
}

/** Below this a text is too short to be told apart from a word. */
const encodedLength = 200;

function isOneCode(lines: readonly string[]): boolean {
  return lines.length === 1 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(lines[0] ?? '');
}

export function normaliseText(text: string): string {
  const shown = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return shown.includes('\r') ? shown.replaceAll(/\r\n?/g, '\n') : shown;
}

/** Applies a function to each string of a value whose depth the request schema bounds. */
function mapStrings<T>(value: T, apply: (text: string) => string): T {
  const map = (member: unknown): unknown => {
    if (typeof member === 'string') return apply(member);
    if (Array.isArray(member)) return member.map(map);
    if (typeof member !== 'object' || member === null) return member;
    const told = Object.entries(member).filter(([, own]) => own !== undefined);
    return Object.fromEntries(told.map(([key, own]) => [key, map(own)]));
  };
  return map(value) as T;
}

function textsOf(content: AssessmentContent): ProseText[] {
  const texts: ProseText[] = [];
  for (const name of proseMembers) {
    const text = content[name];
    if (text !== undefined)
      texts.push({ name, source: name === 'readme' ? 'docs' : 'prose', text });
  }
  for (const [index, { answer }] of (content.answers ?? []).entries()) {
    texts.push({ name: `answers[${index}]`, source: 'answer', text: answer });
  }
  for (const [index, { message }] of (content.commits ?? []).entries()) {
    texts.push({ name: `commits[${index}]`, source: 'commit', text: message });
  }
  for (const [index, text] of (content.reviews ?? []).entries()) {
    texts.push({ name: `reviews[${index}]`, source: 'review', text });
  }
  return texts.filter(({ text }) => text.trim() !== '');
}
