import type { SmellFacts } from '../../pattern-facts.ts';
import type { Context } from './context.ts';
import { escaped } from './escaped.ts';
import { rules } from './rules.ts';

/** Variables and parameters that hide a built-in; fields and methods live in a space of their own. */
export function shadowedBuiltins({ tree, file }: Context): SmellFacts[] {
  const { languages, group, severity } = rules['shadowed-builtin'];
  if (!(languages as readonly string[]).includes(tree.table.language)) return [];
  const builtins = new Set(tree.table.builtins.split(' '));
  const hiding = file.identifiers.filter(
    ({ name, kind }) => (kind === 'variable' || kind === 'parameter') && builtins.has(name),
  );
  if (hiding.length === 0) return [];
  return hiding
    .filter(({ name, line }) => !isItself(name, tree.lineText(line)))
    .map(({ name, line }) => ({
      rule: 'shadowed-builtin',
      group,
      severity,
      message: `\`${name}\` hides a built-in of the language.`,
      function: null,
      startLine: line,
      endLine: line,
    }));
}

/** `const process = require('node:process')`, `Date = global.Date`, `[soft = Infinity]`: no other thing by that name. */
function isItself(name: string, line: string): boolean {
  const word = escaped(name);
  return new RegExp(
    `[{,]\\s*${word}\\s*[,}].*=\\s*require\\(|\\b${word}\\s*=\\s*(?:require\\(|[\\w$]+\\.${word}\\b)|=\\s*${word}\\b`,
  ).test(line);
}
