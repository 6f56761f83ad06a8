import { argumentNodes, callAt } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import type { Context, Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { conditionOf, flat, following, operandsOf, statementAround, unitText } from './shapes.ts';

const missing =
  /^(?:!\s*(\w+)|(\w+)\s*(?:===?|is)\s*(?:null|NULL|nullptr|undefined|None)|(?:null|NULL|nullptr)\s*===?\s*(\w+))$/;

/** `user.name` is read, and only then is it asked whether there is a user. */
function checksTooLate({ tree }: Context, node: number): boolean {
  const condition = conditionOf(tree, node);
  const then = tree.field(node, 'consequence', 'body');
  if (condition < 0 || then < 0 || !/\b(return|throw|raise)\b/.test(tree.excerpt(then, 400)))
    return false;
  const [, negated, compared, reversed] = missing.exec(flat(tree, condition, 80)) ?? [];
  const name = negated ?? compared ?? reversed;
  return name !== undefined && isReadBefore(tree, statementAround(tree, node), name);
}

/** Statements before a check that are looked at. */
const reach = 3;

function isReadBefore(tree: SyntaxTree, statement: number, name: string): boolean {
  const siblings = tree
    .namedChildren(tree.parentOf(statement))
    .filter((one) => tree.kind(one) !== 'comment');
  const at = siblings.indexOf(statement);
  const word = new RegExp(`(^|[^\\w.>&$])${name}\\b`);
  const read = new RegExp(`(^|[^\\w.>&$])${name}(\\.|->)\\w`);
  const doubted = new RegExp(
    `\\b${name}\\s*(\\?|&&|\\|\\||[!=]=|=[^=])|\\bsizeof\\b|\\btypeof\\b|&\\s*${name}\\b|\\bis(not)? (not )?None\\b|=>|->\\s*\\{|\\blambda\\b|\\bassert\\b`,
    'i',
  );
  for (const before of siblings.slice(Math.max(0, at - reach), at).reverse()) {
    const text = tree.excerpt(before, 600);
    if (!word.test(text)) continue;
    if (!/declaration|^expression_statement$|^assignment$/.test(tree.type(before))) return false;
    return read.test(text) && !doubted.test(text) && !/^(const|let|var)?\s*[{[]/.test(text);
  }
  return false;
}

/** `a[i] != x && i < n`: the place is read before it is known to be there. */
function readsBeforeBound({ tree }: Context, node: number): boolean {
  if (!/^(&&|and)$/.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const bound =
    /^\(?(\w+)\s*<\s*(?:[\w.]*(?:len|length|size|count|n|N|Length|Count|[A-Z_]{3,})(?:\(\)|\(\w+\))?)\)?$/.exec(
      flat(tree, both[1], 80),
    );
  const index = bound?.[1];
  if (index === undefined) return false;
  const left = flat(tree, both[0], 200);
  return (
    new RegExp(`\\w\\[\\s*${index}\\s*\\]`).test(left) &&
    !new RegExp(`\\b${index}\\s*[<>]`).test(left)
  );
}

/** `if (access(path, W_OK) == 0) fopen(path, …)`: the file may be another one by then. */
function opensChecked({ tree }: Context, node: number): boolean {
  const { name } = callAt(tree, node);
  const [first = -1] = argumentNodes(tree, node);
  const branch = tree.above(node, 'if', 'function');
  if (first < 0 || tree.kind(branch) !== 'if' || name !== 'access') return false;
  const path = escaped(flat(tree, first, 60));
  return new RegExp(`\\b(fopen|open|unlink|rename|chmod)\\(\\s*${path}\\s*[,)]`).test(
    tree.excerpt(branch, 2_000),
  );
}

const spending = 'sum|max|min|list|sorted|any|all|set|tuple|dict|len|enumerate|Counter|join';

/** Python: a generator, `map` or `filter` that is gone through twice: the second time it is empty. */
function spendsTwice(context: Context, node: number): boolean {
  const { tree } = context;
  const [, name, made = ''] = /^(\w+)\s*=\s*(.*)$/s.exec(flat(tree, node, 300)) ?? [];
  if (
    name === undefined ||
    !/^(\(.*\bfor\b.*\bin\b.*\)|(map|filter|zip|reversed)\(.*\))$/s.test(made)
  )
    return false;
  const value = tree.field(node, 'right');
  if (!/^(generator_expression|call)$/.test(tree.type(value))) return false;
  const text = following(tree, statementAround(tree, node), 20)
    .map((one) => tree.excerpt(one, 800))
    .join('\n');
  const spent = new RegExp(
    `\\b(${spending})\\(\\s*${name}\\s*[,)]|\\bfor\\s+[\\w, ]+\\s+in\\s+${name}\\s*[:)\\]]`,
    'g',
  );
  if (
    new RegExp(
      `\\b${name}\\s*=[^=]|\\bif\\b|\\belse\\b|\\breturn\\b.*\\n[\\s\\S]*\\b${name}\\b`,
    ).test(text)
  )
    return false;
  return [...text.matchAll(spent)].length > 1;
}

const last =
  'count|collect|forEach|sum|reduce|toList|toArray|findFirst|findAny|anyMatch|allMatch|noneMatch|max|min|average|map\\w*|filter|sorted|distinct';

/** Java: a stream that is asked twice in the statements of one block. */
function readsStreamTwice({ tree }: Context, node: number): boolean {
  const name = /^(?:final )?(?:(?:Int|Long|Double)?Stream)(?:<.*>)? (\w+) = /.exec(
    flat(tree, node, 200),
  )?.[1];
  if (name === undefined) return false;
  const texts = following(tree, node, 12).map((one) => tree.excerpt(one, 400));
  const asked = new RegExp(`(^|[^\\w.])${name}\\.(${last})\\(`);
  const made = new RegExp(`(^|[^\\w.])${name}\\s*=[^=]`);
  if (texts.some((text) => made.test(text))) return false;
  return (
    texts.filter((text) => asked.test(text) && !/^(if|switch|for|while)\b/.test(text)).length > 1
  );
}

const placeholder =
  /^(null|None|nil|0|0\.0|-1|1|''|""|``|\[\]|\{\}|false|true|False|True|undefined|nullptr|NULL|0L|.*\bnull\b.*)$/;
const storing =
  /^(expression_statement|lexical_declaration|variable_declaration|local_variable_declaration|local_declaration_statement|short_var_declaration|assignment_statement)$/;

/** A value is worked out, and the next statement puts another one into the variable. */
function storesInVain({ tree }: Context, node: number): boolean {
  const name = workedOut(tree, node);
  const statement = statementAround(tree, node);
  if (name === null || !storing.test(tree.type(statement))) return false;
  const [next = -1] = following(tree, statement, 1);
  if (next < 0 || !/^(expression_statement|assignment_statement)$/.test(tree.type(next)))
    return false;
  const again = new RegExp(`^\\$?${name}\\s*=\\s*([^=][\\s\\S]*)$`).exec(tree.excerpt(next, 800));
  return again !== null && !new RegExp(`\\b${name}\\b`).test(again[1] ?? '');
}

/** The variable that gets more than a first value to start from, or null. */
function workedOut(tree: SyntaxTree, node: number): string | null {
  const target = tree.field(node, 'left', 'name');
  const right = tree.field(node, 'right', 'value');
  const value = right < 0 ? (tree.namedChildren(node).at(-1) ?? -1) : right;
  const name = /^\$?(\w+)$/.exec(tree.excerpt(target < 0 ? node : target, 60))?.[1];
  if (name === undefined || value <= target) return null;
  const made = flat(tree, value, 200);
  if (name === '_' || placeholder.test(made) || !/[-+*/(.[]/.test(made)) return null;
  return /\bawait\b|yield|=>|\bfunction\b/.test(made) ? null : escaped(name);
}

/** What is asked, worked out or stored at a time when it is of no use. */
export const lateDetectors: Detector[] = [
  { rule: 'checked-too-late', kinds: ['if'], test: checksTooLate },
  { rule: 'read-before-bound', kinds: ['binary'], needs: /\]/, test: readsBeforeBound },
  { rule: 'opened-after-check', kinds: ['call'], callee: /^access$/, test: opensChecked },
  { rule: 'spent-generator', kinds: ['assignment'], test: spendsTwice },
  {
    rule: 'spent-generator',
    kinds: ['type:local_variable_declaration'],
    needs: /\bStream</,
    test: readsStreamTwice,
  },
  { rule: 'dead-store', kinds: ['assignment', 'declarator'], test: storesInVain },
  {
    rule: 'enumerated-twice',
    kinds: ['type:local_declaration_statement'],
    needs: /\.(Where|Select)\(/,
    test: (context, node) => {
      const name =
        /^var (\w+) = [^;]*\.(?:Where|Select|SelectMany|OrderBy\w*|Distinct|Cast|OfType)(?:<[^()]*>)?\([^;]*\);$/.exec(
          flat(context.tree, node, 400),
        )?.[1];
      const declared = flat(context.tree, node, 400);
      if (
        name === undefined ||
        /\.(ToList|ToArray|ToDictionary|ToHashSet|Count|First\w*|Single\w*|Sum|Any|All|Max|Min|Average)\([^()]*\);$|\b_?(context|db\w*)\./i.test(
          declared,
        )
      )
        return false;
      const used = new RegExp(
        `\\b${name}\\.(Count|Sum|Any|First\\w*|Max|Min|Average|Last\\w*|ToList|ToArray|All)\\(|\\bin ${name}\\)`,
        'g',
      );
      return [...unitText(context, node).matchAll(used)].length > 1;
    },
  },
];
