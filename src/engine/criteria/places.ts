import type { FileFacts, FunctionFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import type { ClassAt, FunctionAt } from '../facts.ts';
import type { Observation } from './criterion.ts';

type Place = Pick<Observation, 'source' | 'file' | 'startLine' | 'endLine' | 'unit'>;

/** Where a fact of a file stands. */
export function inFile(file: FileFacts, range: LineRange | number, unit?: string): Place {
  const [startLine, endLine] =
    typeof range === 'number' ? [range, range] : [range.startLine, range.endLine];
  return {
    source: sourceOf(file),
    file: file.path,
    startLine,
    endLine,
    unit: unit ?? `${file.path}:${startLine}`,
  };
}

/** Where a function stands; a function is one unit of resampling. */
export function inFunction({ file, fn }: FunctionAt): Place {
  return inFile(file, fn, functionUnit({ file, fn }));
}

export function functionUnit({ file, fn }: FunctionAt): string {
  return `${file.path}#${fn.qualifiedName}@${fn.startLine}`;
}

/** What a program begins with. */
export function isMain({ name }: Pick<FunctionFacts, 'name'>): boolean {
  return /^[mM]ain$/.test(name);
}

/**
 * Called by the language and not by name (`__len__`, `operator+`, a destructor): its name says what it
 * promises, and a test reaches it by other means. So is a `main` that decides nothing.
 */
export function isProtocol({ name, kind, cyclomatic, entry }: FunctionFacts): boolean {
  if (isMain({ name })) return cyclomatic === 1;
  // Rust's, which `to_string()`, `<`, `*` and frameworks call, and what comparing two values calls.
  if (entry === 'protocol' && traits.test(name)) return true;
  return kind !== 'constructor' && /^(__\w+__|~\w+|operator\W.*|[^\w\s]+@?)$/.test(name);
}

const traits =
  /^(fmt|partial_cmp|deref(_mut)?|drop|poll|serialize|deserialize|into_response|error_response|respond_to|from_request\w*|equals|hashCode|Equals|GetHashCode|eql\?|hash|==)$/;

/** A fact of the whole submission. */
export function overall(source = 'code'): Place {
  return { source, file: null, startLine: null, endLine: null };
}

function sourceOf(file: FileFacts): string {
  if (file.role === 'test') return 'test';
  return file.role === 'docs' ? 'docs' : 'code';
}

/** A module of Ruby around others, which each file opens again, is the first part of their names; so is an empty one. */
export function isRoom({ file, type }: ClassAt): boolean {
  return (
    type.kind === 'module' &&
    !file.functions.some(({ owner }) => owner === type.name) &&
    (type.endLine - type.startLine < 2 ||
      file.classes.some(
        (inner) =>
          inner !== type && type.startLine <= inner.startLine && inner.endLine <= type.endLine,
      ))
  );
}
