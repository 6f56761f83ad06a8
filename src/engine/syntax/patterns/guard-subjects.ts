import type { SyntaxTree } from '../syntax-tree.ts';
import { boundNames } from './bound-names.ts';
import { likeliestFirst, limitName, withoutTexts } from './guard-operands.ts';

/** Parameters that a condition names; else, where it ends in an error, another value. */
export function subjectsIn(
  tree: SyntaxTree,
  clause: string,
  parameters: readonly string[],
  fails: boolean,
): string[] {
  // `if (error) throw error` hands it on.
  if (/^[(\s]*\w*([eE]rr|[eE]rror|exception)[)\s]*$/.test(clause)) return [];
  const words = wordsIn(withoutMembers(withoutTexts(clause)));
  const meant = meantIn(clause, parameters, fails);
  if (meant !== undefined) return [meant];
  const named = parameters.filter(
    (name) => words.has(name) && (isInput(name) || (fails && asksForKind.test(clause))),
  );
  if (named.length > 0) return named.length > 1 ? likeliestFirst(named, clause) : named;
  // Go hands on what a call failed with under any name.
  const isFailure = tree.table.language === 'go' && /^[(\s]*\w+\s*!=\s*nil[)\s]*$/.test(clause);
  const other = fails && !isFailure ? otherIn(clause, tree) : undefined;
  return other !== undefined && isInput(other) ? [other] : [];
}

/** What is looked for in what was given, or held against a part of it. */
function meantIn(
  clause: string,
  parameters: readonly string[],
  fails: boolean,
): string | undefined {
  return (fails ? soughtWithIn(clause, parameters) : undefined) ?? heldAgainst(clause, parameters);
}

/** `guess` of `guess in guessed`: what is looked for in a list that was given, and not the list. */
function soughtWithIn(clause: string, parameters: readonly string[]): string | undefined {
  const name = /^[(\s]*(?:not\s+)?([A-Za-z_]\w*)\s+(?:not\s+)?in\s+[A-Za-z_]/.exec(clause)?.[1];
  return name !== undefined && !parameters.includes(name) && isInput(name) ? name : undefined;
}

/** `quantity` of `quantity > stock[sku]`: what is held against a part of what was given, and not that. */
function heldAgainst(clause: string, parameters: readonly string[]): string | undefined {
  const [, left = '', holder = ''] =
    /^[(\s]*\$?([A-Za-z_]\w*)\s*[<>]=?\s*\$?([A-Za-z_]\w*)\s*\[/.exec(clause) ?? [];
  if (limitName.test(left) || !isInput(left) || parameters.includes(left)) return undefined;
  return parameters.includes(holder) ? left : undefined;
}

/** Asks what it may be at all: `!Number.isInteger(attempts) || attempts < 1`. */
const asksForKind = /\bisInteger\(|\bisinstance\(|\btypeof\b|<\s*[01]\b/;

/** An error that was caught and the number of tries tell how the work went, and not what it was given. */
function isInput(name: string): boolean {
  return (
    name !== '' && !/^(e|err|error|ex|exc|exception|(attempt|retr(y|ies)|tries)\w*)$/i.test(name)
  );
}

/** What is looked up, what the program was called with, a field of the object, or another value. */
function otherIn(clause: string, tree: SyntaxTree): string | undefined {
  return soughtIn(clause) ?? given.exec(clause)?.[1] ?? fieldIn(clause) ?? valueIn(clause, tree);
}

/** `slot->key` and `item.name` are of `slot` and `item`, whatever is called `key` or `name`. */
function withoutMembers(clause: string): string {
  return clause.replaceAll(/(?:->|(?<!\.)\??\.|::)\s*#?[A-Za-z_]\w*/g, ' ');
}

/** Names and keywords of a text. */
export function wordsIn(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_$][\w]*/g)?.map((word) => word.replace('$', '')) ?? []);
}

/** A value that the function made from its input; passing on an error is no check of one. */
function valueIn(condition: string, tree: SyntaxTree): string | undefined {
  const bare = withoutTexts(condition);
  if (/\b\w*[eE]rr(or)?([A-Z]\w*)?\b/.test(bare)) return undefined;
  for (const found of bare.matchAll(/\b[A-Za-z_]\w*\b(?!\s*!?\()/g)) {
    const [name] = found;
    const after = bare.slice(found.index + name.length);
    // `StringUtils.isEmpty(name)`, `os.path.exists(path)`: a type or module is no value.
    const isHolder =
      /^(\.|::)/.test(after) &&
      (/^[A-Z]/.test(name) || (isModule(name, after, tree) && !boundNames(tree).has(name)));
    const isMember = /[.>:]$/.test(bare.slice(Math.max(0, found.index - 1), found.index));
    if (!isHolder && !isMember && !notValues.test(name)) return name;
  }
  return undefined;
}

/** In Python what a file does not bind itself and calls something of is a module: `users.is_active(user)`. */
function isModule(name: string, after: string, { table }: SyntaxTree): boolean {
  if (modules.test(name)) return true;
  return table.language === 'python' && /^(\.\w+)+\(/.test(after);
}

/** Modules, whose functions are called by a lower-case name before the dot. */
const modules =
  /^(os|path|math|re|np|pd|fs|util|_|lodash|strings|bytes|reflect|utf8|unicode|filepath|string|std|ctype|validator|slices|maps|regexp|url)$/;

/** Keywords, types and functions, of which none is checked. */
const notValues =
  /^(not|and|or|is|in|let|if|isinstance|typeof|type|str|int|std|Array|Object|String|Number|Math|null|None|nil|true|false|True|False|undefined|instanceof|empty|isset|strlen|self|this|string|const|new|mut|nullptr|NULL)$/;

/** What the program was called with. */
const given = /(?<![\w.])(os\.Args|sys\.argv|process\.argv|ARGV|\$argv)(?!\w)/;

/** What is looked up in something: `!this.authors.has(book.author)`. */
function soughtIn(clause: string): string | undefined {
  return lookedUp.exec(clause)?.[1] ?? lookedUpOf.exec(clause)?.[1];
}

const lookedUp =
  /\b(?:has|contains\w*|includes|exists\w*|find\w*)\(\s*(?:[\w$]+(?:\.|->))*([A-Za-z_$]\w*)\s*(?:\[[^\]]{0,40}\]\s*)?\)/i;

/** `!accounts.existsByOwner(account.getId(), customer.getId())` asks of the account. */
const lookedUpOf =
  /\b(?:has|contains\w*|exists\w*)\(\s*([A-Za-z_$]\w*)(?:(?:\.|->)\w+\(\)\s*[,)]|\s*,)/;

/** The field of the object itself that a condition is about. */
function fieldIn(condition: string): string | undefined {
  return /(?:\b(?:self|this)(?:\.|->)|\$this->|@)[_#]?(\w+)/.exec(condition)?.[1];
}
