import type { FileFacts } from '../../facts.ts';
import type { FallibleSite, HandlerFacts } from '../../pattern-facts.ts';
import { threshold, type Rubric } from '../../rubric.ts';
import { count, howMany, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { inFile } from '../places.ts';
import { functionAtLine, handlerShares, nearestHandlers, type HandlerShare } from '../repeats.ts';
import { unusedNotes } from '../unused.ts';
import { boundaryOf, readyCallers, theProgram, type ReadyCaller } from './caller-handlers.ts';

/** Whether calls that can fail for outside reasons are met by something that expects it. */
export const errorHandling: Criterion = ({ submission, rubric }) => {
  const sites = submission.code.flatMap((file) => file.fallible.map((site) => ({ file, site })));
  const handlers = submission.code.flatMap((file) =>
    file.handlers.filter(swallows).map((handler) => ({ file, handler })),
  );
  if (sites.length === 0)
    return notApplicable('no call is known to fail for a reason outside the program');
  const whole = Math.max(sites.length, threshold(rubric, 'error_handling_minimum_sites'));
  const shares = handlerShares(submission);
  const callers = readyCallers(submission);
  const boundaries = boundaryOf(submission.code);
  const readyFor = ({ guard, line }: FallibleSite, file: FileFacts): ReadyCaller | undefined => {
    if (guard !== 'none') return undefined;
    const around = functionAtLine(file, line);
    const caller = around === undefined ? undefined : callers.get(around);
    const boundary = caller?.typed === true ? undefined : boundaries(file);
    return boundary === undefined ? caller : { by: boundary, typed: false, boundary: true };
  };
  const guarded = sites.map(({ file, site: found }): Observation => {
    const caller = readyFor(found, file);
    const met = caller?.typed === true ? 'propagated' : 'generic';
    const site: FallibleSite = caller === undefined ? found : { ...found, guard: met };
    const amount = (credit(site, rubric) * shareAround(file, site, shares)) / whole;
    return {
      ...inFile(file, site.line),
      rule: `fallible_${site.kind}`,
      type: site.guard === 'none' ? 'unguarded_call' : 'guarded_call',
      message: siteMessage(site, file, caller),
      amount,
      ...(site.guard === 'none' || site.guard === 'generic'
        ? {
            advice: `Handle the failure of \`${site.call}\` at ${file.path}:${site.line} by its own error type`,
            potential: 1 / whole,
          }
        : {}),
      metadata: { guard: site.guard, kind: site.kind },
    };
  });
  const swallowed = handlers.map(({ file, handler }): Observation => ({
    ...inFile(file, handler),
    rule: `handler_${handler.kind}`,
    type: 'swallowed_error',
    message:
      handler.kind === 'empty'
        ? 'The handler does nothing: the failure disappears.'
        : 'The handler logs and goes on as if nothing had happened.',
    advice: `Let the error at ${file.path}:${handler.startLine} through, or recover from it`,
    amount: -(handler.kind === 'empty' ? 1 : threshold(rubric, 'log_only_penalty')) / whole,
  }));
  const unguarded = sites.filter(
    ({ file, site }) => site.guard === 'none' && readyFor(site, file) === undefined,
  ).length;
  return {
    applicable: true,
    sample: { n: sites.length, unit: 'fallible calls' },
    observations: [
      ...guarded,
      ...swallowed,
      ...unusedNotes(submission, ({ fallible }) =>
        fallible > 0 ? `is ready for the failure of ${count(fallible, 'call')}` : null,
      ),
    ],
    summary: `${count(sites.length, 'call')} can fail from outside; ${howMany(unguarded)} unguarded, ${count(swallowed.length, 'error')} swallowed.`,
  };
};

/**
 * What the handler around a site counts for: one that a template put around each body was not written for this
 * call. Handlers of one shape that do stand around calls that can fail count in full here.
 */
function shareAround(
  file: FileFacts,
  { line }: FallibleSite,
  shares: ReadonlyMap<HandlerFacts, HandlerShare>,
): number {
  const found = nearestHandlers(file, line).flatMap((one) => shares.get(one) ?? []);
  if (found.length === 0 || found.some(({ template }) => !template)) return 1;
  return Math.max(...found.map(({ share }) => share));
}

function swallows(handler: HandlerFacts): boolean {
  return handler.kind === 'empty' || handler.kind === 'log_only';
}

function credit(site: FallibleSite, rubric: Rubric): number {
  if (site.guard === 'none') return 0;
  if (site.guard === 'generic') return threshold(rubric, 'generic_handler_credit');
  return 1;
}

/** Callers that have no name. */
const callers = new Map([
  ['(anonymous)', 'a caller'],
  [theProgram, 'what starts the program'],
]);

/** Whether a call tells its failure by what it gives: functions of PHP do, its methods throw; other programs end with a status. */
function isValue(language: string, call: string): boolean {
  if (/^(subprocess\.\w+|system)$/.test(call)) return true;
  return /^(go|rust|cpp)$/.test(language) || (language === 'php' && !/->|::/.test(call));
}

function siteMessage(
  { call, guard, line }: FallibleSite,
  file: FileFacts,
  caller: ReadyCaller | undefined,
): string {
  if (caller?.boundary === true)
    return `\`${call}\` passes its failure on to ${caller.by}, which answers for every error.`;
  if (caller !== undefined) {
    const by = callers.get(caller.by) ?? `\`${caller.by}\``;
    return caller.typed
      ? `\`${call}\` passes its failure on to ${by}, which handles errors by their kind.`
      : `\`${call}\` passes its failure on to ${by}, which only has a catch-all.`;
  }
  const isDropped = nearestHandlers(file, line).some(({ kind }) => kind === 'empty');
  const said: Record<FallibleSite['guard'], string> = {
    // An error is a value there, and whoever looks at it need not ask for its kind.
    typed: isValue(file.language, call)
      ? 'is guarded: what it fails with is looked at'
      : 'is guarded by a handler for its own kind of error',
    generic: 'is guarded only by a catch-all',
    propagated: 'passes its failure on to the caller',
    none: isDropped
      ? 'can fail, and the handler around it does nothing'
      : 'can fail, and nothing in the submission is ready for it',
  };
  return `\`${call}\` ${said[guard]}.`;
}
