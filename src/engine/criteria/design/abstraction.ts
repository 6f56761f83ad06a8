import type { FileFacts } from '../../facts.ts';
import { ruleSet, threshold, type Rubric } from '../../rubric.ts';
import type { ClassAt } from '../../facts.ts';
import { filling } from '../../submission/implementers.ts';
import type { Submission } from '../../submission/submission.ts';
import { wordsOfName } from '../../words-of-name.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { inFile } from '../places.ts';
import { calledFunctions, deadFunctions } from './reuse.ts';

/** Abstractions that pay for themselves: several implementers, shallow hierarchies, no pattern in name only. */
export const abstraction: Criterion = ({ submission, rubric }) => {
  const { classes, implementers } = submission;
  const shared = classes.filter(
    (at) => isAbstract(at) || (canBeBase(at) && (implementers.get(at.type.name) ?? 0) >= 2),
  );
  const named = classes.filter((at) => patternOf(at, rubric) !== null);
  if (shared.length + named.length === 0) {
    return notApplicable('no interfaces, own base classes or patterns');
  }
  const called = calledFunctions(submission, rubric);
  const observations = [
    ...shared.flatMap((at) => judgeAbstraction(at, submission, rubric)),
    ...deepHierarchies(classes, rubric),
    ...named.flatMap((at) => nameOnly(at, submission, rubric)),
    ...called,
    ...deadFunctions(submission, rubric),
  ];
  if (observations.length === 0)
    return notApplicable('no abstraction whose users could be counted');
  const used = shared.filter(
    (at) => isNamedElsewhere(at, submission) || (implementers.get(at.type.name) ?? 0) >= 2,
  ).length;
  const types =
    shared.length === 0
      ? 'no abstract types'
      : `${count(shared.length, 'abstract type')}, ${used} with users`;
  return {
    applicable: true,
    sample: { n: new Set([...shared, ...named]).size, unit: 'abstractions' },
    observations,
    summary: `${types}; ${called[0]?.message ?? 'no function is called by others.'}`,
  };
};

/**
 * In Rust only a trait is: a type of its own may be called like one of the library's. What is made from a type of its
 * own name stands beside that.
 */
function canBeBase({ file, type }: ClassAt): boolean {
  if (type.bases.includes(type.name)) return false;
  return file.language !== 'rust' || type.kind === 'trait';
}

/** Declares behaviour for others. An interface of fields only describes data. */
function isAbstract({ type }: ClassAt): boolean {
  const dataOnly = Object.keys(type.fieldAccess).length === 0 && type.fields.length > 0;
  return (type.kind === 'interface' || type.kind === 'trait' || type.abstract) && !dataOnly;
}

/** Several implementers pay for an abstraction; none and no user make it a promise without a taker. */
function judgeAbstraction(at: ClassAt, submission: Submission, rubric: Rubric): Observation[] {
  const { name } = at.type;
  const implementers = submission.implementers.get(name) ?? 0;
  const named = (submission.mentions.get(name) ?? 0) > 1 || isNamedBeside(at);
  const used = implementers === 1 && isNamedElsewhere(at, submission);
  const place = inFile(at.file, at.type, `${at.file.path}#${name}`);
  if (implementers >= 2 || used) {
    const units = implementers >= 2 ? 'shared_abstraction_units' : 'used_abstraction_units';
    return [
      {
        ...place,
        rule: 'shared_abstraction',
        type: 'abstraction',
        message: `\`${name}\` stands for ${count(implementers, 'type')} of the submission.`,
        amount: threshold(rubric, units),
        metadata: { implementers },
      },
    ];
  }
  // What only its implementer names is neither praised nor blamed: a library may offer it to others.
  if (named || structurallyTyped(at.file.language)) return [];
  return [
    {
      ...place,
      rule: 'speculative_abstraction',
      type: 'abstraction',
      message: `\`${name}\` has ${implementers === 0 ? 'no implementation' : 'one implementation'} and nothing is written against it.`,
      advice: `Remove \`${name}\`, or write its users against it`,
      amount: -threshold(rubric, 'lone_abstraction_units'),
    },
  ];
}

/** Somebody other than its only implementer names it: an interface for each class stands for nothing. */
function isNamedElsewhere(at: ClassAt, { code, classes, files }: Submission): boolean {
  const { name } = at.type;
  const fills = filling(files);
  const own = classes.filter(({ type }) => type.bases.includes(name) && fills(type, name));
  const aside = new Set([at.file, ...own.map(({ file }) => file)]);
  if (code.some((file) => !aside.has(file) && symbolsOf(file).has(name))) return true;
  // A handler that hands on to the next of its kind is written against the kind.
  const others = own.filter(({ file }) => file !== at.file);
  if (
    others.some(({ file }) =>
      Object.values(file.valueTypes ?? {})
        .flat()
        .includes(name),
    )
  )
    return true;
  const insiders = new Set([name, ...own.map(({ type }) => type.name)]);
  return [...aside].some((file) =>
    file.functions.some(
      ({ owner, mentions }) => !insiders.has(owner ?? '') && mentions.includes(name),
    ),
  );
}

const symbolsByFile = new WeakMap<FileFacts, ReadonlySet<string>>();

function symbolsOf(file: FileFacts): ReadonlySet<string> {
  const known = symbolsByFile.get(file) ?? new Set(file.symbols);
  symbolsByFile.set(file, known);
  return known;
}

/** Functions of its own file that are none of its own name it. */
function isNamedBeside({ file, type: { name } }: ClassAt): boolean {
  return file.functions.some(({ owner, mentions }) => owner !== name && mentions.includes(name));
}

/** There an implementation needs no `implements`, so that none can be counted. */
function structurallyTyped(language: string): boolean {
  return ['typescript', 'tsx', 'go', 'rust', 'python'].includes(language);
}

function deepHierarchies(classes: readonly ClassAt[], rubric: Rubric): Observation[] {
  const bases = new Map(classes.map(({ type }) => [type.name, type.bases]));
  const limit = threshold(rubric, 'inheritance_depth_limit');
  return classes.flatMap((at) => {
    const depth = depthOf(at.type.name, bases);
    if (depth <= limit) return [];
    return [
      {
        ...inFile(at.file, at.type, `${at.file.path}#${at.type.name}`),
        rule: 'deep_inheritance',
        type: 'abstraction',
        message: `\`${at.type.name}\` stands ${depth} levels down its hierarchy.`,
        advice: `Replace the lower levels above \`${at.type.name}\` by composition`,
        amount: -threshold(rubric, 'deep_inheritance_units'),
      },
    ];
  });
}

/** Levels that are counted; a chain of 10,000 classes must not be walked from each of them. */
const deepest = 20;

function depthOf(name: string, bases: ReadonlyMap<string, readonly string[]>): number {
  const seen = new Set<string>([name]);
  let depth = 0;
  let level = bases.get(name) ?? [];
  while (level.length > 0 && depth < deepest) {
    depth += 1;
    const next = level.filter((base) => !seen.has(base));
    for (const base of next) seen.add(base);
    level = next.flatMap((base) => bases.get(base) ?? []);
  }
  return depth;
}

function patternOf({ type }: ClassAt, rubric: Rubric): string | null {
  const last = wordsOfName(type.name).at(-1) ?? '';
  return ruleSet(rubric, 'pattern_names').has(last) ? last : null;
}

/** Types with a method that does something, if only one thing; computed once a file. */
const ownersByFile = new WeakMap<FileFacts, ReadonlySet<string>>();

function workingOwners(file: FileFacts): ReadonlySet<string> {
  const known = ownersByFile.get(file);
  if (known) return known;
  const working = file.functions.filter(
    ({ kind, trivial, calls, writes }) =>
      kind !== 'constructor' && (!trivial || calls.length > 0 || writes === true),
  );
  const owners = new Set(working.flatMap(({ owner }) => owner ?? []));
  ownersByFile.set(file, owners);
  return owners;
}

/** A class called after a pattern that does none of a pattern's work. */
function nameOnly(at: ClassAt, submission: Submission, rubric: Rubric): Observation[] {
  // An interface of fields alone (`find: (id) => Order`) has no behaviour to have.
  // A module of Ruby is the room that its classes stand in, or is mixed into one.
  // A record is what a command or an event says; whoever handles it has the behaviour.
  if (isAbstract(at) || /^(interface|trait|record|enum|module)$/.test(at.type.kind)) return [];
  // What is a copy was taken out, and what an interface with several implementers asks for is behaviour.
  const isOneOfSeveral = at.type.bases.some(
    (base) => (submission.implementers.get(base) ?? 0) >= 2,
  );
  if (at.file.copiedLines > 0 || isOneOfSeveral) return [];
  const works = keepsOne(at) || workingOwners(at.file).has(at.type.name);
  const used = (submission.mentions.get(at.type.name) ?? 0) > 1;
  if (works || (used && (at.type.bases.length > 0 || isMessage(at)))) return [];
  return [
    {
      ...inFile(at.file, at.type, `${at.file.path}#${at.type.name}`),
      rule: 'pattern_in_name_only',
      type: 'abstraction',
      message: `\`${at.type.name}\` is named after a pattern, but has no behaviour of its own.`,
      advice: `Give \`${at.type.name}\` the work its name promises, or remove it`,
      amount: -threshold(rubric, 'name_only_units'),
    },
  ];
}

/** What is sent to a handler says what is wanted, and does nothing. */
function isMessage({ type: { name, fields } }: ClassAt): boolean {
  return fields.length > 0 && /(Command|Event|Query|Message)$/.test(name);
}

/** One object that is kept and given to whoever asks is all that there is to a singleton. */
function keepsOne({ type: { name, fields } }: ClassAt): boolean {
  return fields.length > 0 && name.endsWith('Singleton');
}
