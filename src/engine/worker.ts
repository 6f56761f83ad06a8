/**
 * Entry of the engine's threads: holds the grammars and the rubric, runs the pure engine, keeps the
 * times. Submitted content is parsed here and nowhere else, and never run.
 */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { stageNames, type AssessmentInput, type SourceFile, type StageTiming } from './contract.ts';
import { assess, engineVersion, type Judged } from './assess.ts';
import { normaliseInput, takeIn } from './intake.ts';
import type { TextTag } from './result-schema.ts';
import { createOwnRubrics } from './own-rubrics.ts';
import type { OwnRubric } from './rubric-changes.ts';
import { loadRubric, rubricVersions, type Rubric } from './rubric.ts';
import { extractFileFacts } from './syntax/file-facts.ts';
import { withFolderRoles } from './submission/foreign-folders.ts';
import { sharedPassages, type SharedPassage } from './submission/shared-passages.ts';
import { tagText } from './tagging.ts';
import { loadGrammars } from './syntax/grammars.ts';

yieldToRequests();

const grammars = await loadGrammars();
const rubrics = new Map(rubricVersions.map((version) => [version as string, loadRubric(version)]));

/** An assessment takes the processor for as long as it needs, a request or probe for a millisecond: those go first. */
function yieldToRequests(): void {
  // Elsewhere it would be said of the whole process.
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox that forbids it: all threads stay equal.
  }
}

function say(message: EngineMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(message);
}

say({ isLoaded: true, engineVersion });

/** That are kept besides those of the service. */
const ownOf = createOwnRubrics(20);

/** The service asks by rubrics that it has. */
function rubricOf(asked: string | OwnRubric | undefined): Rubric {
  const rubric = typeof asked === 'object' ? ownOf(asked) : rubrics.get(asked ?? rubricVersions[0]);
  if (rubric === undefined) throw new Error('This rubric is not published.');
  return rubric;
}

export interface EngineTask {
  input: AssessmentInput;
  /** Leave the motives out (`DARK_HORSE_MODE=disabled`). */
  motives: boolean;
  /** What to judge by: a version of the service's, or a challenge's own. Default: the newest of the service. */
  rubric?: string | OwnRubric;
  /** By which its progress is told apart; without it nobody is told. */
  progressId?: number;
}

/** What a thread says besides the outcome of a task. */
export type EngineMessage =
  /** Once, before its first task. */
  | { isLoaded: true; engineVersion: string }
  /** One message a stage. */
  | {
      progressId: number;
      /** Of stages that are over; less than 100. */
      percent: number;
    };

export interface EngineOutcome extends Judged {
  /** Epoch milliseconds. */
  stages: StageTiming[];
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Name by which the pool calls this module. */
export function assessInThread(task: EngineTask): EngineOutcome {
  const stages: StageTiming[] = [];
  const tell = (percent: number) => {
    if (task.progressId !== undefined) say({ progressId: task.progressId, percent });
  };
  const enter = (stage: string) => {
    const now = epochMs();
    const running = stages.at(-1);
    if (running !== undefined) {
      running.endMs = now;
      tell(Math.floor((100 * stages.length) / stageNames.length));
    }
    stages.push({ stage, startMs: now, endMs: now });
  };
  try {
    const { result, sketch } = assess(task.input, {
      extract: (file) => extractFileFacts(file, grammars),
      rubric: rubricOf(task.rubric),
      grammarsHash: grammars.hash,
      onStage: enter,
    });
    const running = stages.at(-1);
    if (running !== undefined) running.endMs = epochMs();
    return { result: task.motives ? result : { ...result, micro_motives: [] }, sketch, stages };
  } catch (error) {
    return endOf(error);
  }
}

/** Two submissions, to be compared. */
export interface PairTask {
  one: AssessmentInput;
  other: AssessmentInput;
}

/** Name by which the pool calls this module. @returns where both have the same shape, by lines */
export function compareInThread({ one, other }: PairTask): SharedPassage[] {
  try {
    const [mine, theirs] = [factsOf(one), factsOf(other)];
    return sharedPassages(mine.files, theirs.files, [...mine.templates, ...theirs.templates]);
  } catch (error) {
    return endOf(error);
  }
}

function factsOf(input: AssessmentInput) {
  const { files, templates } = takeIn(normaliseInput(input), rubricOf(undefined));
  const read = (file: SourceFile) => extractFileFacts(file, grammars);
  return { files: withFolderRoles(files.map(read), () => ''), templates: templates.map(read) };
}

export interface TagTask {
  text: string;
  /** Those of which it is most certain. */
  mostTags: number;
}

export interface TagOutcome {
  tags: TextTag[];
  /** Epoch milliseconds. */
  timing: StageTiming;
}

/** Name by which the pool calls this module. */
export function tagInThread({ text, mostTags }: TagTask): TagOutcome {
  const startMs = epochMs();
  const extract = (file: SourceFile) => extractFileFacts(file, grammars);
  try {
    const tags = tagText(text, mostTags, { extract, rubric: rubricOf(undefined) });
    return { tags, timing: { stage: 'tags', startMs, endMs: epochMs() } };
  } catch (error) {
    return endOf(error);
  }
}

function endOf(error: unknown): never {
  // The WASM module of this thread is dead; the pool starts another thread.
  if (error instanceof Error && error.name === 'WasmAborted') process.exit(1);
  throw error;
}
