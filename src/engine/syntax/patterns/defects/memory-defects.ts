import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Unit } from '../../units.ts';
import { unitOf, type Context, type Detector, sourceHolds } from '../context.ts';
import { leaks, leavesFileOpen } from './memory-leaks.ts';
import { bindingsOf, typeOf } from './name-index.ts';
import { flat, following, statementAround, unitText } from './shapes.ts';
import { escaped } from '../escaped.ts';
import { withoutComments } from '../without-comments.ts';

/** Given back, then used again in the same block. */
function usesFreed(context: Context, node: number): boolean {
  const { tree } = context;
  const text = flat(tree, node, 120);
  const name =
    /^(?:delete\s*(?:\[\s*\])?\s*|(?:std::)?free\(\s*)(\w+(?:(?:->|\.)\w+)?)\s*\)?;?$/.exec(
      text,
    )?.[1];
  if (name === undefined) return false;
  const statement = statementAround(tree, node);
  if (freesAtLabel(context, node, name)) return true;
  for (const next of following(tree, statement, 12)) {
    const code = tree.excerpt(next, 400);
    if (
      new RegExp(`\\b${name}\\s*=[^=]|\\b(return|break|continue)\\b`).test(code) &&
      !new RegExp(`\\b${name}(->|\\[)|\\*${name}\\b|return\\s+${name}\\b|return\\s+\\*`).test(code)
    )
      return false;
    if (new RegExp(`^\\s*(\\w[\\w<>:*& ]*[\\s*&])?${name}\\s*=[^=]`).test(code)) return false;
    if (
      new RegExp(
        `\\b${name}(->|\\[)|(^|[^\\w)] ?)\\*${name}\\b|\\b(free\\(|delete\\s*(\\[\\])?)\\s*${name}\\b`,
      ).test(code)
    )
      return true;
  }
  return false;
}

/** `free(p); goto fail;` where `p` is given back at the label again. */
function freesAtLabel(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const [next = -1] = following(tree, statementAround(tree, node), 1);
  const label = next < 0 ? undefined : /^goto\s+(\w+)\s*;/.exec(tree.excerpt(next, 60))?.[1];
  if (label === undefined) return false;
  const after = new RegExp(`\\n\\s*${label}:([\\s\\S]*)$`).exec(unitText(context, node))?.[1] ?? '';
  const freed = new RegExp(`^[^{}]*?(?<!if\\s*\\([^;]*)\\bfree\\(\\s*${escaped(name)}\\s*\\)`);
  return freed.test(after);
}

/** Address or view of something that ends with the function. */
function returnsLocal(context: Context, node: number): boolean {
  const { tree } = context;
  const value = flat(tree, tree.namedChildren(node)[0] ?? -1, 80);
  const match = returnedName.exec(value);
  const unit = unitOf(context, node);
  if (match === null || unit === null) return false;
  const name = value.replaceAll(/^&|\W.*$/g, '');
  const type = typeOf(context, node, name) ?? textMade(context, node, name);
  if (!isAutomatic(tree, unit, name, type)) return false;
  if (value.startsWith('&')) return true;
  const header = tree.source.slice(tree.start[unit.node], tree.start[unit.body]);
  if (value.endsWith(')')) return givesChars.test(header) && type.endsWith('string');
  if (givesView.test(header)) return type.endsWith('string');
  return type.endsWith('[]') ? /\*[^()]*\(/.test(header) : givesReference.test(header);
}

/** `std::string copy(text);` is read as a function: its type by what is written, or `*`. */
function textMade(context: Context, node: number, name: string): string {
  const made = new RegExp(`(^|[;{}\\n])\\s*std::string\\s+${name}\\s*[({]`);
  return made.test(unitText(context, node)) ? 'std::string' : '*';
}

const returnedName = /^(&\w+|\w+\.(c_str|data)\(\)|\w+)$/;
const givesChars = /^\s*(static\s+|inline\s+)*const\s+char\s*\*/;
const givesView = /^\s*(static\s+|inline\s+)*(std::)?string_view\s/;
const givesReference = /^\s*(static\s+|inline\s+)*(const\s+)?[\w:<>]+\s*&\s*[\w:]+\s*\(/;

/** A variable of the function's own body that ends with it. */
function isAutomatic(tree: SyntaxTree, unit: Unit, name: string, type: string): boolean {
  if (/static|\*$|&$/.test(type)) return false;
  const text = tree.excerpt(unit.body, 8_000);
  const declared = new RegExp(
    `(^|[;{}]|\\n)\\s*(?!\\s|static\\b|return\\b|extern\\b|thread_local\\b)(const\\s+)?[\\w:<>, ]+\\s+${name}\\s*(\\[[^\\]]*\\])?\\s*[;={(]`,
  );
  const lasting = new RegExp(`\\b(static|thread_local|extern)\\b[^;]*\\b${name}\\b`);
  return declared.test(text) && !lasting.test(text);
}

const scalars =
  /^(int|long|short|char|float|double|bool|unsigned|unsigned int|size_t|long long|unsigned long|std::size_t|u?int\d+_t)$/;

/** `int sum;` that is added to, or returned, before anything was put in. */
function readsUnset(context: Context, node: number): boolean {
  const { tree } = context;
  const declarator = tree.field(node, 'declarator');
  const unit = unitOf(context, node);
  if (unit === null || declarator < 0 || !isUnsetScalar(tree, node, declarator)) return false;
  const name = tree.text(declarator).replaceAll(/\W/g, '');
  const from = tree.stop[node] ?? 0;
  const rest = tree.source.slice(from, Math.min(tree.stop[unit.node] ?? 0, from + 4_000));
  const first = new RegExp(`([^\\n]{0,80}?)(^|[^\\w.>])${name}\\b([^\\n]{0,20})`).exec(
    withoutComments(rest.replaceAll(/"[^"\n]*"/g, '')),
  );
  return first !== null && readsAt(first[1] ?? '', first[3] ?? '');
}

function readsAt(before: string, after: string): boolean {
  if (/^\s*(\+=|-=|\*=|\/=|\+\+|--)/.test(after)) return !/[&>]\s*$/.test(before);
  if (/(\+\+|--)$/.test(before.trim())) return true;
  // The largest of all is looked for, and there was no first one.
  if (/\bif\s*\([^;]*[^<>=!-][<>]=?\s*$/.test(before) && /^\s*\)/.test(after)) return true;
  if (/\bif\s*\(\s*$/.test(before) && /^\s*[<>]=?\s*[\w(]/.test(after)) return true;
  return /\breturn\s*$/.test(`${before} `) && /^\s*[;+*/-]/.test(after);
}

function isUnsetScalar(tree: SyntaxTree, node: number, declarator: number): boolean {
  const type = tree.field(node, 'type');
  if (type < 0 || tree.kind(declarator) !== 'identifier' || !scalars.test(tree.text(type)))
    return false;
  if (tree.kind(tree.parentOf(node)) !== 'block') return false;
  if (/\b(static|extern|thread_local)\b/.test(tree.excerpt(node, 30))) return false;
  return tree.children(node).filter((child) => tree.fieldName(child) === 'declarator').length === 1;
}

function virtuals(text: string): boolean {
  if (!/\bvirtual\b/.test(text)) return false;
  return !/virtual\s*~|~\s*\w+\s*\([^)]*\)\s*(noexcept\s*)?override|protected:[^}]*~/.test(text);
}

const baseNames = new WeakMap<SyntaxTree, Set<string>>();

/** Classes that others of the file derive from. */
function basesIn(tree: SyntaxTree): Set<string> {
  const known =
    baseNames.get(tree) ??
    new Set([...tree.source.matchAll(/:\s*public\s+(\w+)/g)].map(([, name = '']) => name));
  baseNames.set(tree, known);
  return known;
}

/** A member that is only ever given a list of its class. */
function isMadeAsList(tree: SyntaxTree, name: string): boolean {
  const made = [
    ...tree.source.matchAll(
      new RegExp(`\\b${name}\\s*[({=]\\s*new\\s+((un)?signed\\s+)?[\\w:<>*]+\\s*(\\W)`, 'g'),
    ),
  ];
  return made.length > 0 && made.every((one) => one.at(-1) === '[');
}

const deletes = /\bdelete\b|\bunique_ptr\s*</;

export const memoryDetectors: Detector[] = [
  { rule: 'memory-leak', kinds: ['new', 'call'], test: leaks },
  {
    rule: 'unclosed-resource',
    kinds: ['call'],
    callee: /^(std\.)?(fopen|popen|opendir)$/,
    needs: /\b(fclose|pclose|closedir)\b/,
    test: leavesFileOpen,
  },
  { rule: 'use-after-free', kinds: ['call', 'type:delete_expression'], test: usesFreed },
  { rule: 'dangling-return', kinds: ['return'], test: returnsLocal },
  { rule: 'unset-variable', kinds: ['type:declaration'], test: readsUnset },
  {
    rule: 'mismatched-delete',
    kinds: ['type:delete_expression'],
    test: (context, node) => {
      const match = /^delete\s*(\[\s*\])?\s*(\w+)$/.exec(flat(context.tree, node, 80));
      const [, list, name] = match ?? [];
      if (name === undefined) return false;
      const values = bindingsOf(context, node, name).map(({ value }) =>
        value < 0 ? '' : flat(context.tree, value, 120),
      );
      // `new Node *[size]` is read as a product.
      if (
        list !== undefined &&
        /\bnew\s+[\w:]+\s*\*+\s*(const\s*)?\[/.test(unitText(context, node))
      )
        return false;
      const made = values.filter((text) => /^new\b/.test(text));
      if (values.length === 0) return list === undefined && isMadeAsList(context.tree, name);
      if (made.length === 0)
        return values.some((text) => /^(\([^)]*\)\s*)?(std::)?(malloc|calloc|strdup)\(/.test(text));
      return made.every((text) => /^new\s+((un)?signed\s+)?[\w:<>*]+\s*\[/.test(text))
        ? list === undefined
        : list !== undefined && made.every((text) => !text.includes('['));
    },
  },
  {
    rule: 'catch-by-value',
    kinds: ['catch'],
    test: ({ tree }, node) =>
      /^catch\s*\(\s*(const\s+)?(std::)?\w*(exception|error)\w*\s+\w+\s*\)/.test(
        tree.excerpt(node, 100),
      ),
  },
  {
    rule: 'non-virtual-destructor',
    kinds: ['class'],
    test: ({ tree }, node) => {
      const body = tree.field(node, 'body');
      const name = tree.field(node, 'name');
      if (body < 0 || name < 0 || !virtuals(tree.excerpt(body, 6_000))) return false;
      const bases = tree.source.slice(tree.stop[name], tree.start[body]);
      if (bases.includes(':') || !basesIn(tree).has(tree.text(name))) return false;
      // One that is written and public is there to be called.
      const isWritten = new RegExp(`\\n\\s*~${tree.text(name)}\\s*\\(`).test(tree.text(body));
      return isWritten || sourceHolds(tree, deletes);
    },
  },
];
