import { assess } from '#src/engine/assess.ts';
import { pathNames, type SourceFile } from '#src/engine/contract.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { publishedRubric } from '#test/support/engine.ts';
import type { Attack, Project } from './builders.ts';
import type { RealProject } from './projects.ts';

/** Scores by path, `overall` among them. */
export type Scores = Record<string, number | null>;

export interface Move {
  project: string;
  path: string;
  /** Points; `null` was and something is now. */
  points: number;
}

/** A project with its scores as it was handed in. */
export interface Opened {
  project: Project;
  before: Scores;
}

/** The engine with its syntax stage kept by text: a changed file is all that is read again. */
export async function openMeasure() {
  const grammars = await loadGrammars();
  const rubric = publishedRubric();
  let known = new Map<string, FileFacts>();
  const extract = (file: SourceFile): FileFacts => {
    const key = `${file.path}\0${file.content}`;
    const facts = known.get(key) ?? extractFileFacts(file, grammars);
    known.set(key, facts);
    return facts;
  };
  const score = (files: SourceFile[]): Scores => {
    const { result } = assess(
      {
        candidate_id: 'candidate-1',
        submission_type: 'code',
        content: { files },
        paths_to_evaluate: [...pathNames],
        options: {},
      },
      { extract, grammarsHash: grammars.hash, rubric },
    );
    return Object.fromEntries([
      ...result.path_scores.map(({ path, overall_score }) => [path, overall_score]),
      ['overall', result.overall_score],
    ]) as Scores;
  };
  return {
    open({ name, files }: RealProject): Opened {
      known = new Map();
      return { project: { name, files, facts: files.map(extract) }, before: score(files) };
    },
    /** How far each score moves; null where the change can't be made. */
    moves({ project, before }: Opened, change: Attack): Move[] | null {
      const files = change(project);
      if (files === null) return null;
      const after = score(files);
      return Object.entries(before).flatMap(([path, was]): Move[] => {
        const is = after[path] ?? null;
        if (was === null || is === null) return [];
        return [{ project: project.name, path, points: Math.round((is - was) * 10) / 10 }];
      });
    },
  };
}
