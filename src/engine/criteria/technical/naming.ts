import type { FileFacts, IdentifierFacts } from '../../facts.ts';
import { curve, threshold, wordList, type Rubric } from '../../rubric.ts';
import { count, howMany, notApplicable, shareOut, verb, type Criterion } from '../criterion.ts';
import { inFile } from '../places.ts';
import { rememberAll } from '../../memoize.ts';
import { addTo } from '../../multimap.ts';
import { wordsOfName } from '../../words-of-name.ts';

type Fault = { rule: string; why: string; weight: number };

/** Names that tell the reader nothing, or break the convention that the file itself follows. */
export const naming: Criterion = ({ submission, rubric }) => {
  const all = submission.code.flatMap((file) =>
    distinct(file.identifiers).map((identifier) => ({ file, identifier })),
  );
  if (all.length < threshold(rubric, 'naming_minimum_identifiers')) {
    return notApplicable('fewer than five declared names');
  }
  const habits = new Map(submission.code.map((file) => [file, habitsOf(file)]));
  const isSentAs = namesAcross(submission.code);
  const faults = all.flatMap(({ file, identifier }) => {
    const fault = faultOf(
      identifier,
      {
        habit: isSentAs(file, identifier)
          ? null
          : (habits.get(file)?.[identifier.kind === 'function' ? 'functions' : 'values'] ?? null),
        known: acronyms(file),
        isPlane: isPlane(file),
      },
      rubric,
    );
    return fault ? [{ file, identifier, fault }] : [];
  });
  const weight = faults.reduce((total, { fault }) => total + fault.weight, 0);
  const losses = shareOut(
    100 - curve(rubric, 'naming', (100 * weight) / all.length),
    faults.map(({ fault }) => fault.weight),
  );
  return {
    applicable: true,
    sample: { n: all.length, unit: 'names' },
    observations: faults.map(({ file, identifier, fault }, index) => ({
      ...inFile(file, identifier.line),
      rule: fault.rule,
      type: 'naming',
      message: `${identifier.kind} \`${identifier.name}\` ${fault.why}.`,
      advice: `Rename \`${identifier.name}\` after what it ${identifier.kind === 'function' ? 'does' : 'holds'}`,
      remedy: `rename:${file.path}:${identifier.name}`,
      amount: losses[index] ?? 0,
      metadata: { name: identifier.name, scope_lines: identifier.scopeLines },
    })),
    summary: `${howMany(faults.length)} of ${count(all.length, 'name')} ${verb(faults.length, 'say too little or break', 'says too little or breaks')} the convention of the file.`,
  };
};

/**
 * Tells whether a field is called so in the code of another language, too: what is sent from one side to the other has
 * the name that it has there.
 */
function namesAcross(
  code: readonly FileFacts[],
): (file: FileFacts, identifier: IdentifierFacts) => boolean {
  const sides = new Map<string, Set<string>>();
  for (const file of code)
    for (const { name, kind } of file.identifiers)
      if (kind !== 'function') addTo(sides, name, sideOf(file));
  return (file, { name, kind }) =>
    kind === 'field' && [...(sides.get(name) ?? [])].some((side) => side !== sideOf(file));
}

function sideOf({ language }: FileFacts): string {
  return /^(javascript|typescript|tsx)$/.test(language) ? 'script' : language;
}

function distinct(identifiers: readonly IdentifierFacts[]): IdentifierFacts[] {
  const widest = new Map<string, IdentifierFacts>();
  for (const identifier of identifiers) {
    const key = `${identifier.kind} ${identifier.name}`;
    const known = widest.get(key);
    if (!known || known.scopeLines < identifier.scopeLines) widest.set(key, identifier);
  }
  return [...widest.values()];
}

/** What the file of a name tells of it. */
interface Around {
  habit: Habit | null;
  known: ReadonlySet<string>;
  /** It has both an `x` and a `y`: a place on a plane. */
  isPlane: boolean;
}

const isPlane = rememberAll(({ identifiers }: FileFacts) =>
  ['x', 'y'].every((name) => identifiers.some((one) => one.name.toLowerCase() === name)),
);

/** Letters that names in a file write as such: `fxml` where there is an `FXMLLoader`. */
const acronyms = rememberAll(
  ({ symbols }: FileFacts) =>
    new Set(
      symbols.flatMap((name) =>
        (name.match(/[A-Z]{3,5}(?=[A-Z][a-z]|$)/g) ?? []).map((letters) => letters.toLowerCase()),
      ),
    ),
);

function faultOf(
  identifier: IdentifierFacts,
  { habit, known, isPlane: plane }: Around,
  rubric: Rubric,
): Fault | null {
  const { name, kind } = identifier;
  const bare = name.replace(/^[_$@#&*]+/, '').replace(/[?!]$/, '');
  if (isByCustom(identifier, bare) || (plane && /^[xyz]$/i.test(bare))) return null;
  return (
    shortness(identifier, bare, rubric) ??
    meaning(bare, { kind, known }, rubric) ??
    (habit !== null && breaksHabit(bare, kind, habit)
      ? { rule: 'naming_convention', why: `breaks the file's ${habit} convention`, weight: 0.5 }
      : null)
  );
}

/** `_`, type parameters, loop counters, `kLimit` and types like `Op` and `Id` are conventions of their own. */
function isByCustom({ loopIndex, kind }: IdentifierFacts, bare: string): boolean {
  return bare === '' || loopIndex || (kind === 'class' && bare.length < 3) || /^k[A-Z]/.test(bare);
}

function shortness(identifier: IdentifierFacts, bare: string, rubric: Rubric): Fault | null {
  const scope = threshold(rubric, 'naming_short_scope');
  if (bare.length > 2 || identifier.scopeLines <= scope) return null;
  if (wordList(rubric, 'abbreviations').has(bare.toLowerCase())) return null;
  // A receiver or coordinate of two letters is a smaller sin than `q` over a hundred lines.
  const span = `${identifier.scopeLines} logical lines`;
  return bare.length === 1
    ? { rule: 'one_letter_name', why: `is one letter that lives over ${span}`, weight: 0.7 }
    : { rule: 'short_name', why: `is two letters that live over ${span}`, weight: 0.3 };
}

function meaning(
  bare: string,
  { kind, known }: Pick<IdentifierFacts, 'kind'> & Pick<Around, 'known'>,
  rubric: Rubric,
): Fault | null {
  const lower = bare.toLowerCase();
  if (wordList(rubric, 'generic_names').has(lower)) {
    const what = kind === 'function' ? 'does' : 'holds';
    return { rule: 'meaningless_name', why: `says nothing about what it ${what}`, weight: 1 };
  }
  const abbreviations = wordList(rubric, 'abbreviations');
  const words = wordsOfName(bare);
  const opaque = words.filter(
    (word) =>
      word.length >= 3 &&
      !abbreviations.has(word) &&
      !abbreviations.has(word.replace(/s$/, '')) &&
      !/[aeiouy0-9]/.test(word) &&
      !known.has(word) &&
      !isAcronym(bare, word),
  );
  if (opaque.length > 0 && opaque.length * 2 >= words.length) {
    return {
      rule: 'opaque_abbreviation',
      why: 'is an abbreviation that only its writer knows',
      weight: 0.6,
    };
  }
  return null;
}

/** `UseCRLF`, `BSTNode`, `DBMS_PATH`: letters of words that are known by them, where `cmprssr` leaves some out. */
function isAcronym(name: string, word: string): boolean {
  return word.length <= 4 && name.includes(word.toUpperCase());
}

type Habit = 'snake_case' | 'camelCase';

/** What most names of several words in a file follow, when it is clear. */
function habitOf(file: FileFacts): Habit | null {
  return customOf(
    file.identifiers.filter(({ kind }) => kind !== 'class' && kind !== 'constant'),
    4,
  );
}

/** Functions may have a custom of their own, as in `readLine(full_line)`. */
function habitsOf(file: FileFacts): { functions: Habit | null; values: Habit | null } {
  const habit = habitOf(file);
  const isTold = (own: Habit | null): boolean => own === null || own === habit;
  const { functions = [], values = [] } = Object.groupBy(file.identifiers, ({ kind }) =>
    kind === 'function' ? 'functions' : kind === 'class' || kind === 'constant' ? 'none' : 'values',
  );
  return {
    functions: isTold(customOf(functions, 2)) ? habit : null,
    values: isTold(customOf(values, 2)) ? habit : null,
  };
}

function customOf(names: readonly IdentifierFacts[], least: number): Habit | null {
  const snake = names.filter(({ name }) => /[a-z\d]_[a-z]/.test(name)).length;
  const camel = names.filter(({ name }) => /^[a-z][a-z\d]*[A-Z]/.test(name)).length;
  const many = Math.max(snake, camel);
  if (many < least || Math.min(snake, camel) * 5 > many) return null;
  return snake > camel ? 'snake_case' : 'camelCase';
}

function breaksHabit(name: string, kind: IdentifierFacts['kind'], habit: Habit): boolean {
  if (kind === 'class' || kind === 'constant' || /^[A-Z\d_]+$/.test(name)) return false;
  return habit === 'snake_case' ? /^[a-z][a-z\d]*[A-Z]/.test(name) : /[a-z\d]_[a-z]/.test(name);
}
