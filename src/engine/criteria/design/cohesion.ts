import type { ClassFacts, FileFacts } from '../../facts.ts';
import { ratio, sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import type { ClassAt } from '../../facts.ts';
import { count, howMany, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { wordsOfName } from '../../words-of-name.ts';
import { inFile } from '../places.ts';

/** Tight class cohesion: the share of method pairs of a class that work on a common field. */
export const cohesion: Criterion = ({ submission, rubric }) => {
  const minimum = threshold(rubric, 'cohesion_minimum_methods');
  const accessors = accessorsOf(submission.classes);
  const measured = submission.classes.flatMap((at) => {
    const methods = workingMethods(at, accessors.get(at.file) ?? new Set());
    // Each method of a builder sets a field of its own: that is what it is for.
    if (methods.length < minimum || at.type.fields.length === 0 || isBuilder(at)) return [];
    return [{ at, methods: methods.length, tcc: tightCohesion(methods) }];
  });
  if (measured.length === 0)
    return notApplicable('no class with three methods that use its fields');
  const whole = sum(measured.map(({ methods }) => methods));
  const observations = measured
    .map(({ at, methods, tcc }) => ({ at, tcc, methods, score: curve(rubric, 'cohesion', tcc) }))
    .filter(({ score }) => score < 100)
    .map(({ at, tcc, methods, score }): Observation => ({
      ...inClass(at),
      rule: 'low_cohesion',
      type: 'cohesion',
      message: `Of the method pairs of \`${at.type.name}\`, ${Math.round(tcc * 100)} % work on a common field${groupsText(at.type)}.`,
      advice: `Split \`${at.type.name}\` along the fields that its methods share`,
      amount: ((100 - score) * methods) / whole,
      metadata: { tcc: Math.round(tcc * 1e4) / 1e4, fields: at.type.fields.length, methods },
    }));
  return {
    applicable: true,
    sample: { n: whole, unit: 'methods' },
    observations,
    summary: `${count(measured.length, 'class')} with three methods or more; in ${howMany(observations.length)} fewer than half of the method pairs share a field.`,
  };
};

function isBuilder({ type }: ClassAt): boolean {
  return wordsOfName(type.name).at(-1) === 'builder';
}

/** Methods of a class that are compared in pairs; a class of more has lost its cohesion anyway. */
const methodsCompared = 400;

/** Field sets of the methods that work on fields; accessors touch one field by their nature. */
function workingMethods({ type }: ClassAt, trivial: ReadonlySet<string>): string[][] {
  return (
    Object.entries(type.fieldAccess)
      .filter(([name, fields]) => fields.length > 0 && !trivial.has(`${type.name} ${name}`))
      // `setName` that answers the object itself, `addItem` that asks first whether it is there.
      .filter(([name, fields]) => fields.length > 1 || !accessorName.test(name))
      .slice(0, methodsCompared)
      .map(([, fields]) => fields)
  );
}

const accessorName = /^(get|set|is|has|add|remove|with)([A-Z_]|$)/;

function accessorsOf(classes: readonly ClassAt[]): Map<FileFacts, ReadonlySet<string>> {
  const accessors = new Map<FileFacts, ReadonlySet<string>>();
  for (const { file } of classes) {
    if (accessors.has(file)) continue;
    const trivial = file.functions.filter(
      (fn) => fn.owner !== null && (fn.trivial || fn.kind === 'constructor'),
    );
    accessors.set(file, new Set(trivial.map(({ owner, name }) => `${owner} ${name}`)));
  }
  return accessors;
}

/** Pairs of methods with a common field over all pairs (Bieman and Kang). */
function tightCohesion(methods: readonly (readonly string[])[]): number {
  let joined = 0;
  for (const [index, fields] of methods.entries()) {
    const own = new Set(fields);
    for (const other of methods.slice(index + 1))
      if (other.some((field) => own.has(field))) joined += 1;
  }
  return ratio(joined, (methods.length * (methods.length - 1)) / 2);
}

function groupsText(type: ClassFacts): string {
  return type.fields.length > 8 ? `, and it has ${type.fields.length} fields` : '';
}

function inClass({ file, type }: ClassAt): ReturnType<typeof inFile> {
  return inFile(file, type, `${file.path}#${type.name}`);
}
