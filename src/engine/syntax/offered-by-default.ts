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
): Pick<FileFacts, 'offeredByDefault'> {
  if (!table.closuresAreUnits || !mayOffer.test(source)) return {};
  const start = source.search(byDefault);
  if (start < 0) return {};
  const text = source.slice(start, start + most).replace(byDefault, '');
  const [statement = ''] = text.split(/;|\n(?=\S)/, 1);
  const named = /^(?:async\s+)?(?:(?:function\s*\*?|class)\s+|new\s+)([A-Za-z_$][\w$]*)/.exec(
    statement,
  )?.[1];
  if (named !== undefined) return { offeredByDefault: named };
  // What wraps it stands before it; a function that is written there has no name.
  if (!/^[\w$.]+(\(.*\))?\s*$/s.test(statement) || /=>|\bfunction\b/.test(statement)) return {};
  const own = new Set([
    ...functions.map(({ name }) => name),
    ...topLevel.flatMap(({ names }) => names),
  ]);
  const found = (statement.match(/[A-Za-z_$][\w$]*/g) ?? []).findLast((name) => own.has(name));
  return found === undefined ? {} : { offeredByDefault: found };
}

/** Quickly looked for, and mostly missing. */
const mayOffer = /\bdefault\b|\bexports\b/;

const byDefault = /^[ \t]*(?:export\s+default\s+|module\.exports\s*=\s*)/m;
