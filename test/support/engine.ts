import {
  pathNames,
  type AssessmentContent,
  type AssessmentInput,
  type PathName,
} from '#src/engine/contract.ts';
import type { EngineResult, MetricScore, PathScore } from '#src/engine/result-schema.ts';
import { assess, type AssessDependencies } from '#src/engine/assess.ts';
import type { CriterionCatalogue } from '#src/engine/criteria/catalogue.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { loadRubric, type Rubric } from '#src/engine/rubric.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { fileFacts } from './facts.ts';

type Engine = (content: AssessmentContent, changes?: Partial<AssessmentInput>) => EngineResult;

let grammars: Promise<Grammars> | undefined;

/** The published rubric. */
export function publishedRubric(): Rubric {
  const rubric = loadRubric();
  if (!rubric) throw new Error('no default rubric');
  return rubric;
}

/** The real syntax stage; the grammars are loaded once a process. */
export async function realEngine(): Promise<Engine> {
  const loaded = await loadedGrammars();
  return engine({
    extract: ({ path, content, language }) =>
      extractFileFacts({ path, content, ...(language === undefined ? {} : { language }) }, loaded),
    grammarsHash: loaded.hash,
  });
}

/** The real engine with other criteria in place of the catalogue; each file is parsed once for all of them. */
export async function enginesByCriteria(): Promise<(criteria: CriterionCatalogue) => Engine> {
  const facts = await realFacts();
  const known = new Map<string, FileFacts>();
  const extract = ({ path, content }: { path: string; content: string }): FileFacts => {
    const key = `${path}\n${content}`;
    const found = known.get(key) ?? facts(path, content);
    known.set(key, found);
    return found;
  };
  return (criteria) => engine({ extract, grammarsHash: 'real', criteria });
}

/** The real syntax stage, as the engine calls it. */
export async function realExtract(): Promise<AssessDependencies['extract']> {
  const loaded = await loadedGrammars();
  return (file) => extractFileFacts(file, loaded);
}

/** The real syntax stage alone. */
export async function realFacts(): Promise<(path: string, content: string) => FileFacts> {
  const loaded = await loadedGrammars();
  return (path, content) => extractFileFacts({ path, content }, loaded);
}

function loadedGrammars(): Promise<Grammars> {
  grammars ??= loadGrammars();
  return grammars;
}

/** The judging half alone, on facts given by path. */
export function engineOnFacts(
  facts: readonly FileFacts[],
): (content?: AssessmentContent, changes?: Partial<AssessmentInput>) => EngineResult {
  const byPath = new Map(facts.map((file) => [file.path, file]));
  const run = engine({
    extract: ({ path }) =>
      byPath.get(path) ??
      fileFacts({ path, role: 'docs', language: 'markdown', functions: [], nodes: 0 }),
    grammarsHash: 'none',
  });
  const files = facts.map(({ path }) => ({ path, content: `line of ${path}\n`.repeat(5) }));
  return (content = {}, changes = {}) => run({ files, ...content }, changes);
}

function engine(dependencies: Omit<AssessDependencies, 'rubric'>): Engine {
  const rubric = publishedRubric();
  return (content, changes = {}) =>
    assess(
      {
        candidate_id: 'candidate-1',
        submission_type: 'code',
        content,
        paths_to_evaluate: [...pathNames],
        options: {},
        ...changes,
      },
      { ...dependencies, rubric },
    ).result;
}

export function pathOf(result: EngineResult, path: PathName): PathScore {
  const found = result.path_scores.find((score) => score.path === path);
  if (!found) throw new Error(`no path ${path}`);
  return found;
}

export function metricOf(result: EngineResult, path: PathName, name: string): MetricScore {
  const found = pathOf(result, path).metrics.find((metric) => metric.name === name);
  if (!found) throw new Error(`no metric ${path}.${name}`);
  return found;
}
