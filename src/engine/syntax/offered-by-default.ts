import type { FileFacts, FunctionFacts, TopLevelFacts } from '../facts.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Characters of what is offered that are read. */
const most = 300;

/**
 * What a module of JavaScript offers to those who ask for no name, by the name that it has there: `Profile` of
 * `export default Profile`, `module.exports = new Profile(db)` and `export default connect(state)(Profile)`.
 */
export function offeredByDefault(
  { table, source }: SyntaxTree,
  functions: readonly FunctionFacts[],
  topLevel: readonly TopLevelFacts[],
  path: string,
): Pick<FileFacts, 'offeredByDefault'> {
  if (!table.closuresAreUnits || !mayOffer.test(source)) return {};
  const start = source.search(byDefault);
  if (start < 0) return {};
  const text = source.slice(start, start + most).replace(byDefault, '');
  const [statement = ''] = text.split(/;|\n(?=\S)/, 1);
  const own = new Set([
    ...functions.map(({ name }) => name),
    ...topLevel.flatMap(({ names }) => names),
  ]);
  const name = nameIn(statement, own, nameOfModule(path));
  return name === undefined ? {} : { offeredByDefault: name };
}

/** Name in the statement that offers it. @param own names of the module */
function nameIn(statement: string, own: ReadonlySet<string>, ofModule: string): string | undefined {
  const named = /^(?:async\s+)?(?:(?:function\s*\*?|class)\s+|new\s+)([A-Za-z_$][\w$]*)/.exec(
    statement,
  )?.[1];
  if (named !== undefined) return named;
  if (written.test(statement)) return own.has(ofModule) ? ofModule : undefined;
  // What wraps it stands before it; a function that is written there has no name.
  if (!/^[\w$.]+(\(.*\))?\s*$/s.test(statement) || /=>|\bfunction\b/.test(statement))
    return undefined;
  return (statement.match(/[A-Za-z_$][\w$]*/g) ?? []).findLast((name) => own.has(name));
}

/** A function without a name. */
const written =
  /^(?:async\s+)?(?:function\s*\*?\s*\(|\([^()]*(?:\([^()]*\)[^()]*)*\)\s*(?::[^=]*)?=>|[\w$]+\s*=>)/;

/** Name of a module, by its file or, where that is an index, its folder: `makeSlug` of `src/make-slug.js`. */
export function nameOfModule(path: string): string {
  const parts = path.split('/').map((part) => part.replace(/(?<=.)\..*$/, ''));
  const folder = /^(src|lib|app|dist)$/.test(parts.at(-2) ?? '') ? '' : parts.at(-2);
  const last = parts.at(-1) === 'index' ? folder : parts.at(-1);
  const name = (last ?? '').replaceAll(/[^\w$]+(\w?)/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  return /^[A-Za-z_$]/.test(name) ? name : 'exports';
}

/** Quickly looked for, and mostly missing. */
const mayOffer = /\bdefault\b|\bexports\b/;

const byDefault = /^[ \t]*(?:export\s+default\s+|module\.exports\s*=\s*)/m;
