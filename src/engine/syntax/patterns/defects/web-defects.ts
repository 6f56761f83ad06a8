import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { matching } from '../../../memoize.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import type { Context, Detector } from '../context.ts';
import { typeOf } from './name-index.ts';
import { flat, following, operandsOf, statementAround } from './shapes.ts';
import { isFromRequest } from './taint.ts';
import { withoutComments } from '../without-comments.ts';

const secretish =
  /\$\w*(pass(word|wd)?|hash|token|secret|signature|digest|hmac)\w*|\b(md5|sha1|crypt|hash)\(/i;

/** PHP's `==` turns texts into numbers before it compares them. */
function comparesLoosely({ tree }: Context, node: number): boolean {
  if (!/^[=!]=$/.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const texts = both.map((side) => flat(tree, side, 200));
  const has = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  if (has(/^(strpos|stripos|array_search|strrpos)\(/) && has(/^(false|0|FALSE)$/)) return true;
  if (has(/^strcmp\(/) && has(/\$_/)) return true;
  if (has(/^(null|NULL|''|""|0|1|true|false|count\(.*)$/)) return false;
  // Two digests that look like numbers of the form 0e… are equal to it.
  if (has(/^(md5|sha1|hash)\(/) && has(/^\$\w+$/)) return true;
  return texts.every((text) => secretOrGiven.test(text)) && has(secretOrRequest);
}

/** `in_array($code, [0, 17])` of a value that may be a text, `true` or nothing: each of them is equal to a number. */
function looksLoosely(context: Context, node: number): boolean {
  const { tree } = context;
  const [needle = -1, list = -1, strict] = argumentNodes(tree, node);
  if (list < 0 || strict !== undefined || !holdsNumbers(tree, flat(tree, list, 200))) return false;
  const type = typeOf(context, node, flat(tree, needle, 60)) ?? '';
  return /^(mixed|\??string)$/.test(type) || isFromRequest(context, needle);
}

/** A list of numbers that is written out, here or where the property or constant is declared. */
function holdsNumbers(tree: SyntaxTree, list: string): boolean {
  const name = /^(?:\$this->|(?:self|static)::\$?)(\w+)$/.exec(list)?.[1];
  const made =
    name === undefined
      ? list
      : new RegExp(`(?:\\$|\\bconst\\s+(?:array\\s+)?)${name}\\s*=\\s*(\\[[^\\]]*\\])`).exec(
          tree.source,
        )?.[1];
  return /^\[\s*-?\d+\s*(,\s*-?\d+\s*)*,?\s*\]$/.test(made ?? '');
}

const secretOrRequest = new RegExp(`${secretish.source}|^\\$_`, 'i');
const secretOrGiven = new RegExp(
  `${secretish.source}|^\\$_(GET|POST|REQUEST|COOKIE)\\[|^['"]`,
  'i',
);

const validators =
  /^(is_?[vV]alid|valid(ate)?_?|(check|verify)_?([eE]mail|[pP]hone|[nN]ame|[uU]ser|[pP]ass|[zZ]ip|[uU]rl|[iI]nput|[fF]ormat|[iI]d|[cC]ode))\w*|\w*(_valid\??|Valid)$/;

const isValidator = matching(validators);

/** A validation that takes any text which holds a good part. */
function isUnanchored(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = context.units.list[context.units.of[node] ?? -1];
  if (unit === undefined || !isValidator(unit.name)) return false;
  if (tree.table.language === 'python') return isHalfMatch(tree, node);
  const pattern = patternIn(tree, node);
  if (!/[[\\+*{]/.test(pattern) || pattern.includes('|') || oneCharacter.test(pattern))
    return false;
  return !/^(\^|\\A)|(\$|\\z|\\Z)$|\(\?[=!]/.test(pattern);
}

/** A password has to hold a digit: where one character is looked for, it may stand anywhere. */
const oneCharacter = /^(?:\.\*)?(?:\\.|\[(?:\\.|[^\]\\])*\])(?:\.\*)?$/;

/** Python's `match` is bound to the start only, `search` to nothing. */
function isHalfMatch(tree: SyntaxTree, node: number): boolean {
  const name = fullName(tree, node);
  const first = argumentNodes(tree, node)[0];
  if (first === undefined || !/^(re\.)?(match|search)$/.test(name)) return false;
  const pattern = flat(tree, first, 200);
  if (!/^r?['"].*[[\\+*{]/.test(pattern)) return false;
  if (name.endsWith('search') && oneCharacter.test(pattern.replaceAll(/^r?['"]|['"]$/g, '')))
    return false;
  return (
    !/(\$|\\Z|\\z)['"]$/.test(pattern) || (name.endsWith('search') && !/^r?['"]\^/.test(pattern))
  );
}

/** The literal pattern of a test, or ''. */
function patternIn(tree: SyntaxTree, node: number): string {
  const { name, qualifier } = callAt(tree, node);
  const text = flat(tree, node, 300);
  return (
    /^\/(.+)\/[a-z]*\.test$/.exec(`${qualifier ?? ''}.${name}`)?.[1] ??
    /^(?:preg_match|regexp\.MatchString)\(\s*['"`]\/?(.+?)\/?[a-z]*['"`]\s*,/.exec(text)?.[1] ??
    /^\w+\.match\??\(\s*\/(.+)\/[a-z]*\s*\)$/.exec(text)?.[1] ??
    ''
  );
}

const otherCalls = /^(on|use|once|catch|then|reduce|setErrorHandler|onError)$/;

/** The first two parameters of a callback that is handed an error and a value, or null. */
function errorFirst(tree: SyntaxTree, node: number): [error: string, value: string] | null {
  const parameters = tree.field(node, 'parameters');
  const list = tree.parentOf(node);
  if (parameters < 0 || tree.field(node, 'body') < 0 || !tree.type(list).startsWith('argument'))
    return null;
  const [error = '', value = ''] = tree
    .namedChildren(parameters)
    .map((one) => /^\w+/.exec(tree.excerpt(one, 30))?.[0] ?? '');
  if (!/^(err|error)$/.test(error) || value === '') return null;
  return otherCalls.test(callAt(tree, tree.parentOf(list)).name) ? null : [error, value];
}

/** `(a+)+`: each more letter doubles the time. */
const nested = /\((\?:)?(\\?[\w.]|\[[^\]]+\]|\\[wdsWDS])[+*]\)[+*{]/;
/** `([a-z]+-?)+$`, `(\w+\s*)*$`: what may stand between the parts may as well be left out. */
const loose =
  /\((\?:)?((\[[^\]]+\]|\\?[^\s()[\]\\|])[?*])?(\[[^\]]+\]|\\[wdsWDS]|\w)\+((\[[^\]]+\]|\\?[^\s()[\]\\|])[?*])?\)[+*](\$|\\[Zz])/;

/** `FORMAT = /^[a-z]+$/` of Ruby, by which something is said to be valid: one good line is enough. */
function checksLines(tree: SyntaxTree, node: number): boolean {
  if (
    !/^\/\^[^|\n]*\$\/[a-z]*$/.test(tree.excerpt(node, 200)) ||
    /\/[a-z]*m/.test(tree.excerpt(node, 200).slice(-3))
  )
    return false;
  const holder = tree.parentOf(node);
  const name =
    tree.kind(holder) === 'assignment' ? tree.excerpt(tree.field(holder, 'left'), 60) : '';
  if (!/^[A-Z][A-Z\d_]*$/.test(name)) return false;
  const valid = new RegExp(
    `\\bdef\\s+(self\\.)?\\w*valid\\w*\\??[^\\n]*\\n(?:[^\\n]*\\n){0,4}?[^\\n]*\\b${name}\\b`,
  );
  return valid.test(tree.source);
}

/** Nothing in the handler but a word on it. */
const dropsInterrupt =
  /^catch\s*\(\s*InterruptedException\s+\w+\s*\)\s*\{\s*((\w+\.printStackTrace|System\.(out|err)\.print\w*)\([^;]*;\s*)?\}/;

export const webDetectors: Detector[] = [
  {
    rule: 'dynamic-code',
    kinds: ['call'],
    method: /^(instance|class|module)_eval$/,
    test: (context, node) => {
      const [first] = argumentNodes(context.tree, node);
      return first !== undefined && isFromRequest(context, first);
    },
  },
  { rule: 'loose-comparison', kinds: ['binary'], test: comparesLoosely },
  {
    rule: 'loose-comparison',
    kinds: ['call'],
    callee: /^(in_array|array_search)$/,
    test: looksLoosely,
  },
  {
    rule: 'loose-equality',
    kinds: ['binary'],
    test: ({ tree }, node) => {
      if (!/^[=!]=$/.test(operatorOf(tree, node))) return false;
      const both = operandsOf(tree, node);
      return (
        both !== null &&
        both.some((side) =>
          /^(true|false|''|""|\[\]|0|1|'\d+'|"\d+")$/.test(flat(tree, side, 12)),
        ) &&
        !/\.length\b|typeof|%|indexOf|&/.test(flat(tree, node, 200))
      );
    },
  },
  { rule: 'unanchored-check', kinds: ['call'], test: isUnanchored },
  {
    rule: 'unanchored-check',
    kinds: ['call'],
    method: /^validates/,
    test: ({ tree }, node) =>
      tree.table.language === 'ruby' && /(with:|=>)\s*\/\^[^/]*\$\//.test(flat(tree, node, 400)),
  },
  {
    rule: 'unanchored-check',
    kinds: ['type:regex'],
    needs: /\/\^[^/\n]*\$\//,
    test: ({ tree }, node) => tree.table.language === 'ruby' && checksLines(tree, node),
  },
  {
    rule: 'catastrophic-pattern',
    kinds: ['type:regex', 'string'],
    needs: /[+*?]\)[+*{]/,
    test: ({ tree }, node) => {
      const text = flat(tree, node, 300);
      if (!nested.test(text) && !loose.test(text)) return false;
      if (tree.kind(node) !== 'string') return true;
      const call = tree.above(node, 'call', 'new', 'declarator', 'assignment');
      return (
        call >= 0 &&
        /^(re\.\w+|Pattern\.compile|RegExp|Regex|Regex\.\w+|preg_\w+)$/.test(
          tree.kind(call) === 'call' || tree.kind(call) === 'new' ? fullName(tree, call) : '',
        )
      );
    },
  },
  {
    rule: 'dangling-reference',
    kinds: ['loop'],
    test: ({ tree }, node) => {
      const name = /^foreach\s*\([^)]*\bas\s+(?:\$\w+\s*=>\s*)?&\s*\$(\w+)\s*\)/.exec(
        tree.excerpt(node, 200),
      )?.[1];
      if (name === undefined) return false;
      const next = following(tree, statementAround(tree, node), 8)
        .map((one) => tree.excerpt(one, 300))
        .join('\n');
      return (
        !new RegExp(`unset\\(\\s*\\$${name}\\b`).test(next) &&
        new RegExp(`\\$${name}\\b`).test(next)
      );
    },
  },
  {
    rule: 'ignored-callback-error',
    kinds: ['closure'],
    test: ({ tree }, node) => {
      const names = errorFirst(tree, node);
      if (names === null) return false;
      const code = tree.excerpt(tree.field(node, 'body'), 8_000);
      const holds = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(code);
      return !holds(names[0]) && !holds('arguments') && holds(names[1]);
    },
  },
  {
    rule: 'swallowed-interrupt',
    kinds: ['catch'],
    needs: /\bInterruptedException\b/,
    test: ({ tree }, node) => dropsInterrupt.test(withoutComments(tree.excerpt(node, 300))),
  },
];
