/**
 * Where the ground truth is read from: JSON, one object a line, gzip or not. Which file is what is told
 * by the beginning of its name, so that a held-out half of the same kind needs no other program.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface SourceFile {
  path: string;
  content: string;
}

/** A student project with what graders gave it, corrected for strict and mild graders. */
export interface GradedProject {
  project_id: string;
  z: Record<string, number>;
  files: SourceFile[];
}

export interface CodedReadme {
  repo: string;
  text: string;
  headings: { text: string; level: number; line: number | null; codes: string[] }[];
}

/** Code that people rated, by itself; `pair` names the task where two solve the same. */
export interface RatedCode {
  id: string;
  code: string;
  mean: number;
  pair?: string;
}

/** A number that another tool gives to a function, with the text it was given for. */
export interface CountCase {
  id: string;
  language: string;
  metric: string;
  dialect: string;
  name: string;
  line?: number;
  expected: number | null;
  desc: string;
  code: string;
}

/** A file of a real project with what another tool counts in it. */
export interface CountedFile {
  tool: 'radon' | 'lizard';
  language: string;
  path: string;
  content: string;
  functions: { name: string; line: number; cyclomatic: number }[];
}

export interface GroundTruth {
  projects: GradedProject[];
  template: SourceFile[];
  readmes: CodedReadme[];
  methods: RatedCode[];
  snippets: RatedCode[];
  variants: { base: number; files: SourceFile[] }[];
  counts: CountCase[];
  bulk: CountedFile[];
}

/** Everything that the folder holds; what it does not hold is empty. */
export function readGroundTruth(folder: string): GroundTruth {
  const files = existsSync(folder) ? jsonLines(folder) : [];
  const all = <T>(pattern: RegExp): T[] =>
    files
      .filter((path) => pattern.test(path))
      .flatMap((path) => linesOf(join(folder, path)) as T[]);
  return {
    projects: all(/^menagerie[^/]*\/projects/),
    template: all<{ files: SourceFile[] }>(/^menagerie[^/]*\/template/).flatMap((one) => one.files),
    readmes: all(/^readme/),
    methods: all(/^rated-methods/),
    snippets: all(/^rated-snippets/),
    variants: all(/^plagiarism/),
    counts: all(/^metrics/),
    bulk: all(/^bulk-counts/),
  };
}

function jsonLines(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.jsonl(\.gz)?$/.test(path))
    .sort();
}

function linesOf(path: string): unknown[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
