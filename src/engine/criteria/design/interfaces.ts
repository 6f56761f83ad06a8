import { ratio } from '../../numbers.ts';
import { ruleSet, threshold, type Rubric } from '../../rubric.ts';
import type { FunctionAt, FunctionFacts, ParameterFacts } from '../../facts.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { inFunction } from '../places.ts';

/** What a caller sees of public functions: types where the language lets one choose, flags, breadth. */
export const interfaces: Criterion = ({ submission, rubric }) => {
  const visible = submission.functions.filter(({ fn }) => fn.public && fn.kind !== 'closure');
  if (visible.length < 2) return notApplicable('fewer than two public functions');
  const each = 100 / Math.max(visible.length, threshold(rubric, 'interfaces_minimum'));
  const observations = visible.flatMap((at) => faults(at, rubric, each));
  return {
    applicable: true,
    sample: { n: visible.length, unit: 'public functions' },
    observations,
    summary: `${count(visible.length, 'public function')}; ${count(observations.length, 'finding')} on types, flags and breadth.`,
  };
};

function faults(at: FunctionAt, rubric: Rubric, each: number): Observation[] {
  const { fn, file } = at;
  const found: Observation[] = [];
  const add = (rule: string, message: string, advice: string, part: number): void => {
    found.push({
      ...inFunction(at),
      rule,
      type: 'interface',
      message,
      advice,
      amount: each * part,
    });
  };
  const own = fn.parameters.filter(({ name }) => !/^(?:self|cls|this|_.*)$/.test(name));
  if (ruleSet(rubric, 'optional_typing').has(file.language)) {
    const untyped = own.filter(({ typed, hasDefault }) => !typed && !hasDefault).length;
    const isAsked = fn.kind === 'function' && !isInferred(file);
    const missing = untyped + (fn.returnTyped || !isAsked ? 0 : 1);
    const share = ratio(missing, own.length + 1);
    if (share > 0) {
      add(
        'untyped_signature',
        // Of a method, a constructor or where it is inferred nobody asks for the type of the result.
        isAsked
          ? `\`${fn.name}\` leaves ${missing} of ${own.length + 1} places of its signature without a type.`
          : `\`${fn.name}\` leaves ${missing} of ${count(own.length, 'parameter')} without a type.`,
        `Annotate the signature of \`${fn.name}\``,
        share * threshold(rubric, 'untyped_cost'),
      );
    }
  }
  const flags = flagsOf(fn);
  if (flags.length > 0) {
    add(
      'flag_parameter',
      `\`${fn.name}\` is switched by ${flags.map(({ name }) => `\`${name}\``).join(', ')}: ${flags.length === 1 ? 'two functions' : 'several functions'} in one.`,
      `Offer functions of their own instead of the ${flags.length === 1 ? 'flag' : 'flags'} ${flags.map(({ name }) => `\`${name}\``).join(', ')} of \`${fn.name}\``,
      threshold(rubric, 'flag_cost'),
    );
  }
  if (own.length > threshold(rubric, 'wide_signature')) {
    add(
      'wide_signature',
      `\`${fn.name}\` asks its caller for ${own.length} arguments.`,
      `Pass one object to \`${fn.name}\` instead of ${own.length} arguments`,
      threshold(rubric, 'wide_cost'),
    );
  }
  return found;
}

/** What a constructor or a setter is told is a setting, not a switch between two pieces of work. */
function flagsOf({ name: own, kind, parameters }: FunctionFacts): ParameterFacts[] {
  if (kind === 'constructor' || /^(set|with)(_|[A-Z])/.test(own)) return [];
  return parameters.filter(
    ({ boolean, name }) => boolean && !values.test(name) && !name.startsWith('_'),
  );
}

/** Names of what is kept, given back or written, whatever it is. */
const values = /^(v|val|value|fallback|initial\w*)$|default/i;

/** TypeScript knows what a function returns; what is missing there can only be a parameter's type. */
function isInferred({ language }: FunctionAt['file']): boolean {
  return language === 'typescript' || language === 'tsx';
}
