import type { SmellFacts } from '../../facts.ts';
import type { Context } from './context.ts';
import { rules } from './rules.ts';

/** Variables and parameters that hide a built-in; fields and methods live in a space of their own. */
export function shadowedBuiltins({ tree, file }: Context): SmellFacts[] {
  const { languages, group, severity } = rules['shadowed-builtin'];
  if (!(languages as readonly string[]).includes(tree.table.language)) return [];
  const builtins = new Set(tree.table.builtins.split(' '));
  return file.identifiers
    .filter(({ name, kind }) => builtins.has(name) && (kind === 'variable' || kind === 'parameter'))
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
