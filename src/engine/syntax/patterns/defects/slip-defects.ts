import { argumentNodes, callAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { sourceHolds, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { onlyValue, typeOf } from './name-index.ts';
import { flat, operandsOf, unitText } from './shapes.ts';

/** `role in ["admin", "editor"]` of JavaScript asks for an index. */
function asksForIndex({ tree }: Context, node: number): boolean {
  if (operatorOf(tree, node) !== 'in') return false;
  const [, list] = operandsOf(tree, node) ?? [];
  return list !== undefined && /^\[\s*['"`]/.test(flat(tree, list, 300));
}

/** The first of a chain that escapes markup, with a text where a pattern or `replaceAll` is meant. */
const firstOnly = /\.replace\(\s*(['"])[&<>"']\1\s*,\s*(['"`])&#?\w+;\2\s*\)$/;

function escapesFirstOnly({ tree }: Context, node: number): boolean {
  return (
    firstOnly.test(flat(tree, node, 600)) && !firstOnly.test(callAt(tree, node).qualifier ?? '')
  );
}

/** A separator of words, of which a text has as many as it likes. */
const singleReplace = /\.replace\(\s*(['"`]) \1\s*,\s*(['"`])[-_ +.]?\2\s*\)$/;

const givenKinds = new Set<string | undefined>(['identifier', 'member', 'number', 'string']);

/** A callback of `forEach` gives a value. What is called there may be meant, and so may a bare `true`. */
function givesToForEach({ tree }: Context, node: number): boolean {
  const [value = -1] = tree.namedChildren(node);
  if (!givenKinds.has(tree.kind(value)) || /^undefined$/.test(tree.excerpt(value, 10)))
    return false;
  const closure = tree.above(node, 'closure', 'function');
  const list = tree.parentOf(closure);
  return (
    tree.kind(closure) === 'closure' &&
    tree.type(list) === 'arguments' &&
    callAt(tree, tree.parentOf(list)).name === 'forEach'
  );
}

/** An origin that is whatever the request says, with the cookies of the visitor. */
const trustsAnySite =
  /^cors\(.*\borigin:\s*(true|\(\s*\w+\s*,\s*(\w+)\s*\)\s*=>\s*\2\(null,\s*true\))\s*[,}].*\bcredentials:\s*true|^cors\(.*\bcredentials:\s*true.*\borigin:\s*true\b|^CORS\(.*\bsupports_credentials\s*=\s*True(?!.*\borigins\s*=\s*(?!["']\*["']|\[\s*["']\*["']\s*\]))|^\w+\.add_middleware\(\s*CORSMiddleware\b(?=.*\ballow_credentials\s*=\s*True).*\ballow_origins\s*=\s*\[\s*["']\*["']\s*\]/;

const sessions = /sess|token|auth|jwt|\bsid\b/i;

/** Scripts of the page can read the cookie of a session. */
function showsSession({ tree }: Context, node: number): boolean {
  const [first = -1] = argumentNodes(tree, node);
  const text = flat(tree, node, 400);
  if (!sessions.test(flat(tree, first, 60))) return false;
  if (/\bhttp_?only["']?\s*(:|=>|=)\s*(false|False)\b/i.test(text)) return true;
  // Express leaves it open unless it is told.
  const nodes = argumentNodes(tree, node);
  return /^(res|response|reply)\.cookie\(/.test(text) && nodes.length === 2;
}

const asked = 'isPresent|isEmpty|ifPresent|orElse|orElseGet|orElseThrow';

/** `get()` of an Optional that nobody asked whether it holds something. */
function takesFromOptional(context: Context, node: number): boolean {
  const { tree } = context;
  const { qualifier, arguments: count } = callAt(tree, node);
  if (count > 0 || qualifier === null || !/^\w+$/.test(qualifier)) return false;
  if (!/^(java\.util\.)?Optional(<|$)/.test(typeOf(context, node, qualifier) ?? '')) return false;
  const text = unitText(context, node);
  return text !== '' && !new RegExp(`\\b${escaped(qualifier)}\\s*\\.\\s*(${asked})\\b`).test(text);
}

const tokenLibrary =
  /\b(\w+)\s*=\s*require\(['"]jsonwebtoken['"]\)|\bimport\s+(?:\*\s+as\s+)?(\w+)\s+from\s+['"]jsonwebtoken['"]/;
const verifying = /\bverify\b/;

/** Who it is said to be in a token is believed, where nothing of the file checks who signed it. */
function believesToken({ tree }: Context, node: number): boolean {
  const library = tokenLibrary.exec(tree.source)?.slice(1).find(Boolean);
  return (
    library !== undefined &&
    fullName(tree, node) === `${library}.decode` &&
    !sourceHolds(tree, verifying) &&
    isRead(tree, node)
  );
}

/** `jwt.decode(token).sub`, or a name for all that the token claims; the head of a token only tells which key to take. */
function isRead(tree: SyntaxTree, node: number): boolean {
  let parent = tree.parentOf(node);
  while (/^(as_expression|parenthesized_expression|non_null_expression)$/.test(tree.type(parent)))
    parent = tree.parentOf(parent);
  if (tree.kind(parent) === 'member') return true;
  return (
    /\breq(uest)?\.(user|auth)\b|\b[uU]ser_?[iI]d\b|\b[aA]uth\w*\b/.test(tree.source) &&
    tree.kind(parent) === 'declarator' &&
    !/\bcomplete:/.test(tree.excerpt(node, 200))
  );
}

/** `test` of a pattern with `g` that is kept: the second of two equal texts is not found. */
function asksStateful(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (name !== 'test' || qualifier === null || !/^\w+$/.test(qualifier)) return false;
  const made = onlyValue(context, node, qualifier);
  if (made < 0 || !/^\/.*\/[a-z]*g[a-z]*$/.test(flat(tree, made, 300))) return false;
  // Made anew for each text, or wound back.
  const isKept = unitOf(context, made) !== unitOf(context, node);
  return isKept && !new RegExp(`\\b${qualifier}\\.(lastIndex|exec)\\b`).test(tree.source);
}

const misspelled =
  /^\w[\w.()[\]]*\.(lenght|legnth|lengh|lenth|prototpye|protoype|innerHtml|getElementByID|getElementsById|toLowercase|toUppercase|tostring|addEventListner|preventdefault|querySelctor)$/;

/** `count++` of a volatile field, outside of `synchronized`. */
function countsVolatile(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^(?:this\.)?(\w+)\s*(?:\+\+|--|[-+]=)/.exec(flat(tree, node, 60))?.[1];
  return (
    name !== undefined &&
    new RegExp(`\\bvolatile\\s+(?:int|long|short|Integer|Long)\\s+${name}\\b`).test(tree.source) &&
    !/\bsynchronized\b|\.lock\(/.test(unitText(context, node))
  );
}

/** Mistakes of a word: another operation, option or callback than the one that is meant. */
export const slipDetectors: Detector[] = [
  {
    rule: 'index-for-value',
    kinds: ['binary'],
    test: asksForIndex,
  },
  { rule: 'first-only-replace', kinds: ['call'], method: /^replace$/, test: escapesFirstOnly },
  {
    rule: 'single-replace',
    kinds: ['call'],
    method: /^replace$/,
    test: ({ tree }, node) => singleReplace.test(flat(tree, node, 400)),
  },
  {
    rule: 'value-for-nobody',
    kinds: ['return'],
    needs: /\.forEach\(/,
    test: givesToForEach,
  },
  {
    rule: 'thrown-text',
    kinds: ['throw'],
    test: ({ tree }, node) => /^throw\s*(["'`]|\d)/.test(tree.excerpt(node, 20)),
  },
  {
    rule: 'any-site-with-cookies',
    kinds: ['call'],
    method: /^(cors|CORS|add_middleware)$/,
    test: ({ tree }, node) => trustsAnySite.test(flat(tree, node, 500)),
  },
  {
    rule: 'cookie-for-scripts',
    kinds: ['call'],
    method: /^(cookie|setCookie|set_cookie|setcookie|Append)$/,
    needs: /cookie/i,
    test: showsSession,
  },
  { rule: 'empty-optional', kinds: ['call'], method: /^get$/, test: takesFromOptional },
  {
    rule: 'stateful-pattern',
    kinds: ['call'],
    method: /^test$/,
    needs: /\/[a-z]*g[a-z]*\s*[;,)\n]/,
    test: asksStateful,
  },
  {
    rule: 'misspelled-member',
    kinds: ['member'],
    needs: /\.(lenght|legnth|lengh|lenth|proto|inner|getElement|to[LUs]|addEventL|prevent|query)/,
    test: ({ tree }, node) => misspelled.test(flat(tree, node, 120)),
  },
  {
    rule: 'message-to-any-site',
    kinds: ['call'],
    method: /^postMessage$/,
    test: ({ tree }, node) => /,\s*(['"])\*\1\s*(,.*)?\)$/.test(flat(tree, node, 600)),
  },
  { rule: 'split-increment', kinds: ['augmented'], needs: /\bvolatile\b/, test: countsVolatile },
  {
    rule: 'unexported-tag',
    kinds: ['field'],
    needs: /`[^`\n]*\b(json|xml|yaml|db|bson):"/,
    test: ({ tree }, node) =>
      /^[a-z]\w*\s.*`[^`]*\b(json|xml|yaml|bson):"(?!-")[^"]*"[^`]*`$/.test(flat(tree, node, 300)),
  },
  { rule: 'unverified-token', kinds: ['call'], method: /^decode$/, test: believesToken },
  {
    rule: 'changed-default',
    kinds: ['call'],
    callee: /^Object\.assign$/,
    test: (context, node) => {
      const { tree } = context;
      const text = flat(tree, argumentNodes(tree, node)[0] ?? -1, 60);
      return (
        /^default\w*$|^\w*Defaults?$/i.test(text) &&
        new RegExp(
          `^(export )?(const|let|var) ${escaped(text)}\\b[^=]*=\\s*(Object\\.freeze\\()?\\{`,
          'm',
        ).test(tree.source)
      );
    },
  },
];
