import { ruleSet, threshold, type Rubric } from '../../rubric.ts';
import type { FunctionAt } from '../../facts.ts';
import type { Submission } from '../../submission/submission.ts';
import { calledAs } from '../../submission/reached-by-tests.ts';
import type { TestCaseAt } from '../../submission/test-cases.ts';
import { testsOf, type TestsOf } from '../../submission/tests-of.ts';
import {
  count,
  howMany,
  notApplicable,
  verb,
  type Criterion,
  type Observation,
} from '../criterion.ts';
import { functionUnit, inFile, inFunction, isMain, isProtocol, overall } from '../places.ts';

/**
 * Which public functions are exercised by tests that can fail. Nothing is run: a test counts when it
 * calls the function and asserts something that could be otherwise; copies and vacuous tests do not.
 */
export const tests: Criterion = ({ submission, rubric }) => {
  const { cases } = submission.tests;
  if (cases.length === 0 && ruleSet(rubric, 'tests_not_expected').has(submission.submissionType)) {
    return notApplicable(
      `no tests are expected of a submission of type ${submission.submissionType}`,
    );
  }
  const subjects = publicFunctions(submission);
  if (subjects.length === 0) return notApplicable('no function to test');
  const kind = subjects.every(({ fn }) => fn.public) ? 'public function' : 'function';
  const whole = Math.max(subjects.length, threshold(rubric, 'tests_minimum_subjects'));
  const first = cases.length > 0 ? {} : firstTests(subjects);
  const find = testsOf(submission);
  const shown = shownAs(subjects);
  const covered = subjects.map((at): Observation => ({
    ...coverage(at, { ...find(at), shown: shown(at) }, rubric, whole),
    ...first,
  }));
  const useless = cases
    .filter(({ verdict }) => verdict === 'vacuous' || verdict === 'copy')
    .map((item) => uselessTest(item, rubric, whole));
  const weak = cases.filter(({ verdict }) => verdict === 'weak').map(weakTest);
  const skipped = cases.filter(({ verdict }) => verdict === 'skipped').map(skippedTest);
  const idle = cases.filter(({ verdict }) => verdict === 'unused').map(idleTest);
  const counting = cases.filter(({ verdict }) => verdict === 'counts').length;
  const none: Observation[] =
    cases.length > 0
      ? []
      : [
          {
            ...overall('test'),
            rule: 'no_tests',
            type: 'missing_tests',
            message: submission.files.some(({ path }) => path.endsWith('.feature'))
              ? 'The scenarios of the submission are not read as tests, and it has no others.'
              : 'The submission has no tests.',
            amount: 0,
          },
        ];
  const reached = covered.filter(({ amount }) => amount > 0).length;
  return {
    applicable: true,
    sample: { n: subjects.length, unit: `${kind}s` },
    observations: [...none, ...covered, ...useless, ...weak, ...skipped, ...idle],
    summary: `${count(counting, 'test')} that ${counting === 1 ? 'calls the code and checks' : 'call the code and check'} what it does; ${howMany(reached)} of ${count(subjects.length, kind)} ${verb(subjects.length, 'are', 'is')} reached; ${count(useless.length, 'test')} vacuous or copied.`,
  };
};

/** Without any test, writing the first ones is one piece of work. */
function firstTests(subjects: readonly FunctionAt[]): Pick<Observation, 'advice' | 'remedy'> {
  // What a program begins with is tried by running it.
  const plain = subjects.filter(({ fn }) => fn.kind !== 'constructor' && !isMain(fn));
  const shown = plain.length > 0 ? plain : subjects;
  const all = [...new Set(shown.map(({ fn }) => `\`${fn.name}\``))];
  const names = all.slice(0, 3);
  if (plain.length === 0 && subjects.every(({ fn }) => isMain(fn)))
    return {
      advice: `Move what ${names.join(', ')} works out into functions that are given their input, and test those`,
      remedy: 'first_tests',
    };
  return {
    advice: `Add tests that call ${names.join(', ')}${all.length > 3 ? ' and the other public functions' : ''} with a usual, a boundary and a failing input`,
    remedy: 'first_tests',
  };
}

/**
 * What nothing uses and no test calls counts as not tested: leaving it out would make any coverage whole. What only
 * its own tests use is left out of both sides.
 */
function publicFunctions({ functions, unused, tests: { cases } }: Submission): FunctionAt[] {
  const idle = new Set(
    cases.flatMap(({ verdict, subjects }) => (verdict === 'unused' ? subjects : [])),
  );
  const spare = unused.filter(({ fn }) => !fn.trivial && !fn.test && !idle.has(fn.name));
  const known = new Set(functions.map(({ fn }) => fn));
  const judged = [...functions, ...spare.filter(({ fn }) => !known.has(fn))];
  // In a constructor that only keeps what it is given nothing could come out otherwise.
  const called = judged.filter(
    ({ fn }) => fn.kind !== 'closure' && fn.onlyKeeps !== true && !isProtocol(fn),
  );
  const visible = called.filter(({ fn }) => fn.public);
  // The methods of a trait are as public as it is, whatever else a program keeps to itself.
  return visible.some(({ fn }) => fn.entry !== 'protocol') ? visible : called;
}

/** What a function is called in a sentence: where several have its name, with its class or its file. */
function shownAs(subjects: readonly FunctionAt[]): (at: FunctionAt) => string {
  const byName = Map.groupBy(subjects, ({ fn }) => fn.name);
  const whole = Map.groupBy(subjects, ({ fn }) => fn.qualifiedName);
  return ({ file, fn }) => {
    if (fn.kind !== 'constructor' && byName.get(fn.name)?.length === 1) return `\`${fn.name}\``;
    const isOne = whole.get(fn.qualifiedName)?.length === 1;
    return `\`${fn.qualifiedName}\`${isOne ? '' : ` of ${file.path}`}`;
  };
}

function coverage(
  at: FunctionAt,
  { direct, through, shown }: TestsOf & { shown: string },
  rubric: Rubric,
  whole: number,
): Observation {
  const { fn } = at;
  const first = direct[0] ?? through?.test;
  const metadata = { function: fn.qualifiedName, tests: direct.length };
  const advice = `Test ${shown} with a usual, a boundary and a failing input`;
  if (!first) {
    return {
      ...inFunction(at),
      rule: 'untested_function',
      type: 'missing_tests',
      message: `No test calls ${shown} and checks what it does.`,
      amount: 0,
      advice,
      potential: 1 / whole,
      metadata,
    };
  }
  const place = inFile(first.file, first.test, functionUnit(at));
  const link = { ...place, rule: 'tested_function', type: 'test_link', metadata };
  const name = `first by "${first.test.name}"`;
  if (direct.length > 0) {
    const message = `${shown} is exercised by ${count(direct.length, 'test')}, ${name}.`;
    return { ...link, message, amount: testQuality(at, direct, rubric) / whole };
  }
  const message = `${shown} is reached through a tested caller, ${name}.`;
  // The further away a test is, the less of a fault here it would show.
  const amount = threshold(rubric, 'indirect_test_credit') / (through?.steps ?? 1) / whole;
  return { ...link, message, amount, advice, potential: 1 / whole };
}

/** One test is most of the way; a second input and a failing or boundary case make it whole. */
function testQuality(at: FunctionAt, found: readonly TestCaseAt[], rubric: Rubric): number {
  const names = calledAs(at);
  const first = threshold(rubric, 'first_test_credit');
  const rest = (1 - first) / 2;
  const asserts = found.reduce(
    (total, { test }) =>
      total + test.assertions.filter(({ effective, weak }) => effective && weak !== true).length,
    0,
  );
  const second = asserts > 1 ? rest : 0;
  const negative = found.some(
    ({ negative: fails, crash, own }) =>
      fails && !crash && names.some((name) => own.includes(name)),
  )
    ? rest
    : 0;
  return first + second + negative;
}

/** Neutral: it is no fault to ask whether something is there, but it says next to nothing of what it does. */
function weakTest({ file, test }: TestCaseAt): Observation {
  return {
    ...inFile(file, test),
    rule: 'weak_test',
    type: 'note',
    message: `"${test.name}" only asserts that something is there, of some type or as recorded, runs through, fails somehow or comes out the same twice: hardly any fault refutes that by itself, and it earns nothing.`,
    amount: 0,
  };
}

function skippedTest({ file, test }: TestCaseAt): Observation {
  return {
    ...inFile(file, test),
    rule: 'skipped_test',
    type: 'note',
    message: `"${test.name}" is never run, which counts for nothing.`,
    amount: 0,
  };
}

function idleTest({ file, test }: TestCaseAt): Observation {
  return {
    ...inFile(file, test),
    rule: 'test_of_unused_code',
    type: 'note',
    message: `"${test.name}" calls only what nothing else uses, which counts for nothing.`,
    amount: 0,
  };
}

function uselessTest(item: TestCaseAt, rubric: Rubric, whole: number): Observation {
  const { file, test, verdict } = item;
  return {
    ...inFile(file, test),
    rule: `${verdict}_test`,
    type: 'useless_test',
    message:
      verdict === 'copy'
        ? `"${test.name}" repeats another test with the same inputs.`
        : `"${test.name}" asserts nothing${test.assertions.length === 0 ? '' : ' that could be otherwise'}.`,
    advice: `Make "${test.name}" check a result of the code, or delete it`,
    amount: -threshold(rubric, 'useless_test_penalty') / whole,
  };
}
