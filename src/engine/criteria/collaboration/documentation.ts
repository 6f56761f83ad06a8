import { codeMembers } from '../../contract.ts';
import { rememberAll } from '../../memoize.ts';
import { clamp, ratio, sum } from '../../numbers.ts';
import { docBlockValue, type DocContext } from '../../prose/doc-blocks.ts';
import { threshold } from '../../rubric.ts';
import type {
  CommentFacts,
  FileFacts,
  FunctionAt,
  FunctionFacts,
  PrototypeFacts,
} from '../../facts.ts';
import { functionsInUse } from '../../submission/functions-in-use.ts';
import type { Submission } from '../../submission/submission.ts';
import { ownPromises } from '../../syntax/entry-points.ts';
import {
  count,
  howMany,
  notApplicable,
  verb,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { commentsWithin } from './comments-within.ts';
import { readmeObservations } from './readme-observations.ts';
import { unusedNotes } from '../unused.ts';
import { functionUnit, inFile, inFunction, isMain, isProtocol, isRoom } from '../places.ts';

/** Doc blocks that say more than the signature, and README sections that name what exists. */
export const documentation: Criterion = (context) => {
  const { submission, rubric } = context;
  if (submission.statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('too little code to document');
  }
  const readme = readmeObservations(context);
  const units = documentedUnits(context);
  const kind = offersAny(submission) ? 'public unit' : 'unit';
  const blocks = docObservations(context, units);
  const told = units.filter(({ value }) => value > 0).length;
  const brief = units.filter((unit) => unit.brief).length;
  const short = brief === 0 ? '' : `, ${brief} a short one`;
  const unread = units.filter((unit) => unit.unread).length;
  const foreign = unread === 0 ? '' : `, ${unread} one in another language, which is not read`;
  const blocksTold =
    units.length === 0
      ? `No ${kind}s to document`
      : `${howMany(told)} of ${count(units.length, kind)} ${told > 1 ? 'have' : 'has'} a doc block that explains more than the name${short}${foreign}`;
  const sections = readme.filter(({ amount }) => amount > 0).length;
  return {
    applicable: true,
    sample: { n: units.length, unit: `${kind}s` },
    observations: [
      ...readme,
      ...blocks,
      ...commentObservations(context),
      ...unusedNotes(submission, ({ fn }) => (fn.doc === null ? null : 'has a doc block')),
    ],
    summary: `${blocksTold}; ${count(sections, 'README section')} that can be checked.`,
  };
};

interface Unit {
  name: string;
  at: Pick<Observation, 'source' | 'file' | 'startLine' | 'endLine' | 'unit'>;
  value: number;
  reason: string;
  weight: number;
  restates: boolean;
  brief?: boolean;
  unread?: boolean;
}

/** A header or a `.d.ts` holds nothing that runs, and so is none of the code that is used. */
function promising({ files, code }: CriterionContext['submission']): FileFacts[] {
  const used = new Set(code);
  const rest = files.filter((file) => !used.has(file) && file.role === 'source');
  return [...code, ...rest.filter(({ path }) => /\.(d\.[cm]?ts|h|hh|hpp|hxx)$/.test(path))];
}

/** Signatures in a file of TypeScript itself are overloads, which stand beside what they are of. */
function prototypesIn({ path, language, prototypes = [] }: FileFacts): PrototypeFacts[] {
  return language === 'cpp' || /\.d\.[cm]?ts$/.test(path) ? prototypes : [];
}

/** What a header says of a function. It says so once: of functions of one name, of the first. */
function promiseOf(
  { fn: { owner, name } }: FunctionAt,
  promised: Map<string, Told>,
): Told | undefined {
  const key = `${owner ?? ''}.${name}`;
  const told = promised.get(key);
  promised.delete(key);
  return told;
}

function documentedUnits({ submission, rubric }: CriterionContext): Unit[] {
  const about = { rubric, index: submission.grounding, seen: new Set<string>() };
  const promised = new Map(
    promising(submission).flatMap((file) =>
      prototypesIn(file).map(({ name, owner, doc }): [string, Told] => [
        `${owner ?? ''}.${name}`,
        { file, doc },
      ]),
    ),
  );
  return [
    ...documented(submission).map((at) => functionDoc(at, about, promiseOf(at, promised))),
    ...documentedTypes(submission).map(({ file, type }): Unit => {
      const judged = docBlockValue(type.doc, { file, names: [type.name] }, about);
      const place = inFile(
        file,
        type.doc ?? { startLine: type.startLine, endLine: type.startLine },
      );
      const weight = threshold(rubric, 'class_doc_weight');
      return { name: type.name, at: place, ...judged, weight };
    }),
  ];
}

/** A sentence that is true and short is neither counted nor held against anybody; one that is not read is only noted. */
function docObservations(context: CriterionContext, all: readonly Unit[]): Observation[] {
  const { rubric } = context;
  const units = all.filter(({ brief }) => brief !== true);
  const whole = wantedDocs(context);
  const part = threshold(rubric, 'doc_blocks_part');
  const lacking = Map.groupBy(
    units.filter(({ value, unread }) => value === 0 && unread !== true),
    ({ at }) => at.file,
  );
  const adviceFor = rememberAll((file: string | null) =>
    docAdvice(
      file,
      (lacking.get(file) ?? []).map(({ name }) => name),
    ),
  );
  return units.map((unit): Observation => ({
    ...unit.at,
    ...kindOf(unit),
    message: `\`${unit.name}\` ${unit.reason}.`,
    amount: (part * unit.value * unit.weight) / whole,
    ...(unit.value === 0 && unit.unread !== true
      ? {
          advice: adviceFor(unit.at.file),
          remedy: `doc_blocks:${unit.at.file ?? ''}`,
          potential: (part * unit.weight) / whole,
        }
      : {}),
  }));
}

function kindOf({ value, unread, restates }: Unit): Pick<Observation, 'rule' | 'type'> {
  if (value > 0) return { rule: 'doc_block', type: 'documentation' };
  if (unread) return { rule: 'doc_block_not_read', type: 'note' };
  const rule = restates ? 'doc_restates_name' : 'no_doc_block';
  return { rule, type: 'missing_documentation' };
}

/** Names the units of a file that lack a doc block, as far as three. */
function docAdvice(file: string | null, lacking: readonly string[]): string {
  // Overloads share their name.
  const all = [...new Set(lacking.map((name) => `\`${name}\``))];
  // What was pasted has no name that its author gave it.
  const where = file === null || codeMembers.some((one) => one === file) ? 'the code' : file;
  const names = all.slice(0, 3);
  const last = all.length > 3 ? `${all.length - 3} more` : names.pop();
  const list = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  const promise = verb(
    all.length,
    'promise, what they need and how they fail',
    'promises, what it needs and how it fails',
  );
  return `Say in ${lacking.length === 1 ? 'a doc block' : 'doc blocks'} what ${list} of ${where} ${promise}`;
}

/**
 * Doc blocks that code of this size asks for. Less than in proportion: ten times the code has five times
 * as much to tell, since its parts have more in common.
 */
function wantedDocs({ submission, rubric }: CriterionContext): number {
  const steps = sum(functionsInUse(submission).map(({ fn }) => fn.load.steps));
  const size = steps + threshold(rubric, 'doc_class_steps') * documentedTypes(submission).length;
  const wanted =
    threshold(rubric, 'doc_blocks_wanted') * size ** threshold(rubric, 'doc_blocks_exponent');
  return Math.max(wanted, threshold(rubric, 'documentation_minimum_units'));
}

/** Comments that guide through long bodies: about the code around them, each text once. */
function commentObservations({ submission, rubric }: CriterionContext): Observation[] {
  const long = threshold(rubric, 'commented_function_lines');
  const always = threshold(rubric, 'commented_function_always');
  const asks = (lloc: number): number => lloc * clamp((lloc - long) / (always - long), 0, 1);
  const bodies = submission.functions.filter(({ fn }) => fn.lloc > long);
  const whole = sum(bodies.map(({ fn }) => asks(fn.lloc)));
  const wanted = threshold(rubric, 'comment_lines_wanted');
  const about = { rubric, index: submission.grounding, seen: new Set<string>() };
  return bodies.flatMap((at): Observation[] => {
    const inside = commentsWithin(at);
    const telling = inside.filter(
      (comment) =>
        docBlockValue(comment, { file: at.file, names: [at.fn.name], body: at.fn }, about).tied ===
        true,
    );
    const first = telling[0];
    if (!first) return [];
    const lines = sum(telling.map(({ text }) => linesOfText(text)));
    const share = Math.min(1, ratio(lines, at.fn.lloc) / wanted);
    return [
      {
        ...inFile(at.file, first, functionUnit(at)),
        rule: 'guiding_comments',
        type: 'documentation',
        message: `${count(telling.length, 'comment')} ${verb(telling.length, 'guide', 'guides')} through \`${at.fn.name}\`.`,
        amount: (threshold(rubric, 'comment_part') * share * asks(at.fn.lloc)) / whole,
      },
    ];
  });
}

/** Words of a comment that are worth one line of it, as much as one that fills its line has at most. */
const wordsALine = 16;

/** Of two words at least, however they are broken into lines: `ok` guides nobody. */
function linesOfText(text: string): number {
  const words = (text.match(/[A-Za-z]{2,}/g) ?? []).length;
  return words > 1 ? Math.ceil(words / wordsALine) : 0;
}

/**
 * Public functions, or all where nothing is public; and whatever else is used and has a doc block, since
 * its reader is helped, too.
 */
function documented(submission: Submission): FunctionAt[] {
  const all = functionsInUse(submission).filter(
    ({ fn }) =>
      fn.kind !== 'closure' && !isProtocol(fn) && (fn.doc !== null || !isToldElsewhere(fn)),
  );
  // What a program does is told by its README.
  const parts = all.filter(({ fn }) => fn.doc !== null || !isMain(fn));
  const named = parts.length > 0 ? parts : all;
  const asked = named.filter(({ fn }) => fn.public && !fn.trivial);
  return asked.length === 0
    ? named.filter(({ fn }) => !fn.trivial || fn.doc !== null)
    : named.filter(({ fn }) => (fn.public && !fn.trivial) || fn.doc !== null);
}

function offersAny(submission: Submission): boolean {
  return (
    submission.classes.some(({ type }) => type.public) ||
    functionsInUse(submission).some(({ fn }) => fn.public && fn.kind !== 'closure')
  );
}

/** Public types, or all where none is; and whatever else has a doc block. */
function documentedTypes({ classes }: Submission): Submission['classes'] {
  const named = classes.filter((at) => at.type.doc !== null || !isRoom(at));
  const asked = named.some(({ type }) => type.public);
  return named.filter(({ type }) => !asked || type.public || type.doc !== null);
}

/** What it promises is written where it is declared first: in the language, its library or a base type. */
function isToldElsewhere({ name, owner, entry }: FunctionFacts): boolean {
  // `GET /notes` is what its reader looks for.
  if (/^[A-Z]+ \//.test(name)) return true;
  return owner !== null && entry === 'protocol' && !ownPromises.test(name);
}

/** What is said of something, and where. */
interface Told {
  file: FileFacts;
  doc: CommentFacts | null;
}

/** @param promised what a header of C or C++, or a `.d.ts` beside JavaScript, says of it */
function functionDoc(at: FunctionAt, about: DocContext, promised?: Told): Unit {
  const { rubric } = about;
  const { fn } = at;
  const isTold = fn.doc !== null || !/^(cpp|javascript)$/.test(at.file.language);
  const { file, doc } = isTold
    ? { file: at.file, doc: fn.doc }
    : (promised ?? { ...at, doc: null });
  const names = [fn.name, fn.owner ?? '', ...fn.parameters.map(({ name }) => name)];
  const judged = docBlockValue(doc, { file: at.file, names, body: fn }, about);
  const place = doc
    ? inFile(file, doc, functionUnit(at))
    : { ...inFunction(at), endLine: fn.startLine };
  const silent = fn.returns > 0 && fn.kind !== 'constructor' && !returnTold.test(doc?.text ?? '');
  const value = judged.value * (silent ? threshold(rubric, 'doc_without_result') : 1);
  return { name: fn.name, at: place, ...judged, value, weight: 1 };
}

/** Says what comes back, in prose or by the tag of the language. */
const returnTold = /\breturn|\byield|\bgives?\b|\bresults?\b|\bcomputes?\b|\bcalculates?\b/i;
