import type { FunctionAt } from '../../facts.ts';
import type { GuardFacts, HandlerFacts } from '../../pattern-facts.ts';
import { claimOf } from '../../prose/grounding.ts';
import { relationsOf } from '../../prose/discourse.ts';
import { ownWords } from '../../prose/repetition.ts';
import { codeWordsOf } from '../../submission/repeated-words.ts';
import { loggerCalls } from '../../submission/log-calls.ts';
import { testsOfFailures } from '../../submission/test-links.ts';
import { sum } from '../../numbers.ts';
import { ruleSet, threshold } from '../../rubric.ts';
import {
  count,
  notApplicable,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { isNarrow } from '../../syntax/patterns/handlers.ts';
import { guardShares } from '../guard-shares.ts';
import { inFile, inFunction } from '../places.ts';
import { diminishing, handlerShares } from '../repeats.ts';
import { unusedNotes } from '../unused.ts';

/** Traces of systematic fault finding: failing cases pinned down, errors raised with care, faults told. */
export const debugging: Criterion = (context) => {
  const { rubric } = context;
  const traces = [
    ...failureTests(context),
    ...raisedErrors(context),
    ...handledErrors(context),
    ...toldFailures(context),
  ];
  const observations = [...traces, ...logging(context)];
  const prints = debugPrints(context);
  // Fewer traces say nothing of a habit, and one careful error must not count against its author. A log line is
  // none: it is written in a second and shows no fault that was looked for. Checks made by habit earn nothing, and do
  // not make that unknown what is known without them.
  const byHabit =
    sum([...context.submission.habitual.values()]) * threshold(rubric, 'raised_error_units');
  const shown = sum(traces.map(({ amount }) => amount));
  if ((shown > 0 ? shown + byHabit : 0) < threshold(rubric, 'debugging_minimum_units')) {
    return notApplicable('too few tests, errors, logging or history to show how faults are found');
  }
  return {
    applicable: true,
    sample: { n: observations.length, unit: 'traces' },
    observations: [
      ...observations,
      ...prints,
      ...unusedNotes(context.submission, ({ fn }) =>
        fn.throws > 0 ? 'stops with an error of its own' : null,
      ),
    ],
    summary: `${count(observations.length, 'trace')} of systematic fault finding, ${count(prints.length, 'debug print')} left over.`,
  };
};

function failureTests({ submission, rubric }: CriterionContext): Observation[] {
  return testsOfFailures(submission.tests.cases).map(({ file, test }) => ({
    ...inFile(file, test),
    rule: 'failure_test',
    type: 'debugging',
    message: `"${test.name}" pins down how the code fails.`,
    amount: threshold(rubric, 'failure_test_units'),
  }));
}

/**
 * Errors that are only caught and thrown again are told by their handlers, and those of checks that are made as a
 * habit show no fault that was looked for. Functions of one shape count with diminishing returns.
 */
function raisedErrors({ submission, rubric }: CriterionContext): Observation[] {
  const checks = guardShares(submission, rubric, () => false);
  const repeated = repeatedQuestions(submission.functions);
  const raising = submission.functions.flatMap((at) => {
    const own = at.fn.throws - (at.fn.throwsInHandlers ?? 0);
    const careful = own - refusals(at, checks) - repeated(at);
    return careful > 0 ? [{ at, own, careful }] : [];
  });
  const shares = diminishing(raising.map(({ at }) => String(at.fn.shape)));
  return raising.map(({ at, own, careful }, index) => ({
    ...inFunction(at),
    rule: 'raises_error',
    type: 'debugging',
    message: `\`${at.fn.name}\` stops with an error of its own (${own} ${own === 1 ? 'place' : 'places'}).`,
    amount: threshold(rubric, 'raised_error_units') * Math.min(1, careful) * (shares[index] ?? 1),
  }));
}

/**
 * How many errors of a function are raised after a question that others ask as well and that is about none of them: those
 * of one question count with diminishing returns.
 */
function repeatedQuestions(functions: readonly FunctionAt[]): (at: FunctionAt) => number {
  const asked = functions.flatMap(({ fn }) =>
    (fn.outerThrows ?? []).map(({ asks }) => ({ fn, asks })),
  );
  const shares = diminishing(asked.map(({ asks }) => asks));
  const lost = new Map<FunctionAt['fn'], number>();
  for (const [index, { fn }] of asked.entries())
    lost.set(fn, (lost.get(fn) ?? 0) + 1 - (shares[index] ?? 1));
  return ({ fn }) => lost.get(fn) ?? 0;
}

/**
 * How many errors of a function are those of checks by habit, that fit any function or that are as others are; each
 * raises one at most.
 */
function refusals({ file, fn }: FunctionAt, shares: ReadonlyMap<GuardFacts, number>): number {
  const inside = file.guards.filter(
    (guard) =>
      guard.dead !== true && fn.startLine <= guard.startLine && guard.endLine <= fn.endLine,
  );
  return sum(inside.map((guard) => (guard.usual === true ? 1 : 1 - (shares.get(guard) ?? 1))));
}

/** Handlers of one shape, which can be put around anything, count with diminishing returns. */
function handledErrors({ submission, rubric }: CriterionContext): Observation[] {
  const shares = handlerShares(submission);
  const handlers = submission.code.flatMap((file) =>
    file.handlers
      .filter(({ kind }) => kind === 'typed' || kind === 'rethrow')
      .map((handler) => ({ file, handler })),
  );
  return handlers.map(({ file, handler }) => ({
    ...inFile(file, handler),
    rule: `handler_${handler.kind}`,
    type: 'debugging',
    message: handlerMessage(handler),
    amount: threshold(rubric, 'typed_handler_units') * (shares.get(handler)?.share ?? 1),
  }));
}

/** Only a handler that names a kind of error, or looks at the error, tells one failure from another. */
function handlerMessage({ kind, types, ends }: HandlerFacts): string {
  const passedOn = kind === 'rethrow' && ends !== true;
  const done = passedOn ? 'passes it on' : ends === true ? 'ends the program' : 'deals with it';
  // Go and Rust call any error so.
  if (isNarrow(types) && !types.includes('error')) {
    const named = types.slice(0, 3).join(', ');
    return `Tells failures apart: handles ${named} and ${done}.`;
  }
  if (passedOn) return 'Passes an error on to whoever called.';
  if (ends === true) return 'Ends the program where it fails.';
  return types.length === 0
    ? 'Tells failures apart: looks at the error before it deals with it.'
    : 'Deals with an error where it comes up.';
}

/** Calls of a logger, all of which together show one habit. */
function logging({ submission, rubric }: CriterionContext): Observation[] {
  const isLogged = loggerCalls(rubric);
  const found = submission.functions.flatMap((at) => {
    const call = at.fn.calls.find(isLogged);
    return call ? [{ at, call }] : [];
  });
  return found.map(({ at, call }) => ({
    ...inFile(at.file, call.line),
    rule: 'structured_logging',
    type: 'debugging',
    message: `\`${at.fn.name}\` logs through a logger${levels.test(call.name) ? ', by level' : ''}.`,
    amount: threshold(rubric, 'logging_units') / found.length,
  }));
}

const levels =
  /(^|\.)(trace|debug|info|notice|warn(ing)?|error|critical|fatal|exception|Log(Trace|Debug|Information|Warning|Error|Critical))\w*$/i;

/** Sentences that name a failure, where it was and why. */
function toldFailures({ submission, rubric }: CriterionContext): Observation[] {
  return submission.prose.sentences.flatMap(({ document, sentence }) => {
    const { failure, cause, consequence } = relationsOf(sentence, rubric);
    if (!failure || !(cause || consequence)) return [];
    const { links, tie } = claimOf(sentence, submission.grounding, rubric);
    const target = links[0];
    const own = ownWords(sentence.text, codeWordsOf(submission.grounding), rubric);
    if (!target || tie === 0 || own.length < threshold(rubric, 'reason_own_words')) return [];
    return [
      {
        source: document.source,
        file: document.name,
        startLine: sentence.startLine,
        endLine: sentence.endLine,
        unit: `${document.name}:${sentence.startLine}`,
        rule: 'explained_failure',
        type: 'debugging',
        message: `Names a failure of \`${target.text}\` and what follows from it.`,
        amount: tie * threshold(rubric, 'told_failure_units'),
      },
    ];
  });
}

function debugPrints({ submission, rubric }: CriterionContext): Observation[] {
  const prints = ruleSet(rubric, 'debug_output_rules');
  return submission.code.flatMap((file) =>
    file.smells
      .filter(({ rule }) => prints.has(rule))
      .map((smell) => ({
        ...inFile(file, smell),
        rule: smell.rule,
        type: 'leftover_debugging',
        message: smell.message,
        advice: `Remove the debug output at ${file.path}:${smell.startLine}, or log it`,
        remedy: 'debug_prints',
        amount: -threshold(rubric, 'debug_print_units'),
      })),
  );
}
