import { argumentNodes } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { search, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { typeOf } from './name-index.ts';
import { flat, operandsOf, unitText } from './shapes.ts';

/** The last name of `self.body`, `article.Body` or `body`. */
function lastName(text: string): string {
  return /(\w+)$/.exec(text)?.[1] ?? '';
}

/** Texts that hold no letters but those of ASCII. */
const asciiNames = /hash|sha|digest|token|key|hex|uuid|url|path|\bid$|Id$|ID$|_id$|code|date|time/i;

const ellipsis = /^(["'`])\s?(\.{2,3}|…)\1$/;

/** `title[:limit] + "…"`, `substr($title, 0, 20) . '...'`: a text for people is made shorter. */
function shortensBytes(context: Context, node: number): boolean {
  const { tree } = context;
  const both = operandsOf(tree, node);
  if (both === null || !/^[+.]$/.test(operatorOf(tree, node))) return false;
  if (!ellipsis.test(tree.excerpt(both[1], 12))) return false;
  const text = flat(tree, both[0], 120);
  if (tree.table.language === 'php')
    return /^substr\(\s*\$[\w>-]+,\s*0,\s*[^()]+\)$/.test(text) && !asciiNames.test(text);
  const name = /^([\w.]+)\[:[\w.]+(?: ?- ?\w+)?\]$/.exec(text)?.[1];
  return (
    name !== undefined &&
    !asciiNames.test(name) &&
    typeOf(context, node, lastName(name)) === 'string' &&
    !/\butf8\.|\[\]rune\b/.test(unitText(context, node))
  );
}

const rustCut = /&(\w+(?:\.\w+)*)\[\.\.([\w.]+)\]/;
const knowsPlace =
  /char_indices|is_char_boundary|char_boundary|\br?find\(|split_at|as_bytes|is_ascii|to_be_bytes|match_indices/;
const limits = /max|limit|width|len|size|count|^n$/i;

/** `&body[..self.width]` of Rust panics within a character; a place that was looked for is sound. */
function slicesAtLimit(context: Context, node: number): boolean {
  const { tree } = context;
  const [, name = '', end = ''] = rustCut.exec(flat(tree, node, 300).replaceAll(' ', '')) ?? [];
  if (name === '' || asciiNames.test(name) || !limits.test(lastName(end))) return false;
  const type = typeOf(context, node, lastName(name)) ?? '';
  if (!/^(&(mut )?('\w+ )?)?(str|String)$/.test(type)) return false;
  return !knowsPlace.test(unitText(context, node)) && isGivenLimit(context, node, end);
}

/** A number from outside of the function: a parameter, a field or a constant. */
function isGivenLimit(context: Context, node: number, end: string): boolean {
  const made = new RegExp(`\\blet\\s+(mut\\s+)?${escaped(end)}\\b`);
  return /^self\.|^[A-Z_]+$/.test(end) || !made.test(unitText(context, node));
}

const narrow: Record<string, RegExp> = {
  rust: /^[\w.]+\.len\(\) as (u8|u16|i8|i16)$/,
  java: /^\((byte|short)\)\s*\(?[\w.]+\.(length|length\(\)|size\(\))\)?$/,
  csharp: /^\((byte|sbyte|short|ushort)\)\s*[\w.]+\.(Length|Count)$/,
  go: /^(uint8|uint16|byte|int8|int16)\(len\([\w.]+\)\)$/,
};

const asked =
  /MAX|Max|\bmax|try_from|try_into|\bmin\(|assert|len\(\)\s*[<>=]|[lL]en(gth)?(\(\w*\))?\s*[<>]=?|[lL]imit|(size\(\)|Count)\s*[<>]|len\([\w.]+\)\s*[<>]|chunks|% ?\d/;

/** `payload.len() as u16` in a function that never asks how long it is. */
function narrowsLength(context: Context, node: number): boolean {
  const { tree, file } = context;
  if (file.role !== 'source' || narrow[tree.table.language]?.test(flat(tree, node, 80)) !== true)
    return false;
  const text = unitText(context, node);
  return text !== '' && !asked.test(text);
}

const wide = '(?:[iu](?:64|128)|f64)';
const measures =
  /len|size|count|index|capacity|position|offset|id|hash|now|elapsed|secs|millis|nanos/;

/** `self.total() as i32` of what the file says to be an `i64`. */
function narrowsResult({ tree, file }: Context, node: number): boolean {
  const name = /^(?:self\.)?(\w+)\(\) as [iu](8|16|32)$/.exec(flat(tree, node, 80))?.[1];
  if (name === undefined || file.role !== 'source' || measures.test(name)) return false;
  return new RegExp(`\\bfn\\s+${name}\\s*\\([^)]*\\)\\s*->\\s*${wide}\\b`).test(tree.source);
}

/** Heads of loops that count up from 0 with a plain number. */
const fromZero: Record<string, RegExp> = {
  rust: /^for\s+(\w+)\s+in\s+0\s*\.\.=?\s*[\w.]+\.len\(\)/,
  go: /^for\s+(\w+)\s*:=\s*0\s*;\s*\1\s*<=?\s*len\(/,
  java: /^for\s*\(\s*int\s+(\w+)\s*=\s*0\s*;\s*\1\s*<=?\s*[\w.]+\.(?:length|size\(\))/,
  csharp: /^for\s*\(\s*(?:int|var)\s+(\w+)\s*=\s*0\s*;\s*\1\s*<=?\s*[\w.]+\.(?:Length|Count)/,
  cpp: /^for\s*\(\s*(?:int|(?:std::)?size_t|auto|unsigned)\s+(\w+)\s*=\s*0\s*;\s*\1\s*<\s*[\w.]+(?:\.|->)(?:size|length)\(\)/,
};

/** `for i in 0..xs.len() { xs[i] - xs[i - 1] }`, with nothing that asks for the first turn. */
function startsBelow(context: Context, node: number): boolean {
  const { tree } = context;
  const index = fromZero[tree.table.language]?.exec(tree.excerpt(node, 160))?.[1];
  const body = tree.field(node, 'body');
  if (index === undefined || body < 0) return false;
  const guarded = new RegExp(
    `(\\bif\\b|\\bmatch\\b|\\bwhile\\b|&&|\\|\\||\\?|\\bcontinue\\b|\\bswitch\\b|\\bcase\\b|\\btry\\b|\\brequire\\b|\\bassert\\w*\\b)|\\b${index}\\s*(=[^=]|[-+]=)|\\.(get|checked_sub|saturating_sub|wrapping_sub)\\(`,
  );
  if (search(context, guarded, [body, 4_000]) !== false) return false;
  const below =
    tree.table.language === 'rust'
      ? new RegExp(
          `\\w\\[\\s*${index}\\s*-\\s*1\\s*\\]|\\blet\\s+(mut\\s+)?\\w+\\s*=\\s*${index}\\s*-\\s*(1\\b|(?!\\d)\\w+)(?!\\s*[.(\\[])`,
        )
      : new RegExp(
          `\\w\\[\\s*${index}\\s*-\\s*1\\s*\\]|\\.(get|charAt|at)\\(\\s*${index}\\s*-\\s*1\\s*\\)`,
        );
  const found = search(context, below, [body, 4_000]) === true;
  return found && !takesInner(tree, body, index);
}

/** `for j in 0..=i { … i - j … }` never goes below. */
function takesInner(tree: SyntaxTree, body: number, index: string): boolean {
  return new RegExp(`\\b(for|loop)\\b[^{]*\\b${index}\\b`).test(tree.excerpt(body, 4_000));
}

const untilLast =
  /^for\s*\(\s*(?:int|(?:std::)?size_t|auto|unsigned(?: int)?)\s+(\w+)\s*=\s*0\s*;\s*\1\s*<\s*(\w+)\.(?:size|length)\(\)\s*-\s*1\s*;/;

/** `i < samples.size() - 1` of a parameter that may be empty. */
function endsBelow(context: Context, node: number): boolean {
  const { tree } = context;
  const list = untilLast.exec(tree.excerpt(node, 160))?.[2];
  const unit = unitOf(context, node);
  if (list === undefined || unit === null || context.file.role !== 'source') return false;
  const type = typeOf(context, node, list) ?? '';
  if (!/^(const\s+)?(std::)?(vector|string|deque)\b/.test(type) || unit.parameters < 0)
    return false;
  if (!new RegExp(`\\b${list}\\b`).test(tree.excerpt(unit.parameters, 400))) return false;
  const known = new RegExp(
    `\\b${list}\\.empty\\(|\\b${list}\\.(size|length)\\(\\)\\s*([<>=!]=?)|=\\s*${list}\\.(size|length)\\(\\)\\s*;|\\b${list}\\.(push|emplace|insert)`,
  );
  return !known.test(unitText(context, node));
}

/** Texts and lists that are cut or gone through at the wrong place, and lengths that do not fit. */
export const cutDetectors: Detector[] = [
  { rule: 'cut-character', kinds: ['binary'], needs: /…|\.{2,3}["'`]/, test: shortensBytes },
  {
    rule: 'cut-character',
    kinds: ['type:reference_expression', 'call'],
    needs: /\[\s*\.\.\s*\w/,
    test: (context, node) => {
      const { tree } = context;
      if (tree.table.language !== 'rust') return false;
      if (tree.kind(node) !== 'call') return slicesAtLimit(context, node);
      // What stands in a macro is no tree.
      return tree.type(node) === 'macro_invocation' && slicesAtLimit(context, node);
    },
  },
  {
    rule: 'narrowed-value',
    kinds: ['type:type_cast_expression', 'type:cast_expression'],
    needs: /len\(\)|length|size\(\)|Length|Count/,
    test: narrowsLength,
  },
  {
    rule: 'narrowed-value',
    kinds: ['call'],
    callee: /^(uint8|uint16|byte|int8|int16)$/,
    test: (context, node) =>
      argumentNodes(context.tree, node).length === 1 && narrowsLength(context, node),
  },
  {
    rule: 'narrowed-value',
    kinds: ['type:type_cast_expression'],
    needs: /\(\) as [iu]\d/,
    test: narrowsResult,
  },
  { rule: 'index-below-zero', kinds: ['loop'], needs: /-\s*\w/, test: startsBelow },
  {
    rule: 'size-below-zero',
    kinds: ['loop'],
    needs: /<\s*\w+\.(size|length)\(\)\s*-\s*1/,
    test: endsBelow,
  },
];
