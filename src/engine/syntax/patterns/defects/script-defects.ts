import { argumentNodes, callAt } from '../../calls.ts';
import { parameterFacts } from '../../parameters.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { sourceHolds, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { bindingsOf } from './name-index.ts';
import { flat, following, statementAround, unitText } from './shapes.ts';

/** `merge(target[key], source[key])` where nothing keeps `__proto__` from being the key. */
function mergesPrototype(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || callAt(tree, node).name !== unit.name) return false;
  const [first = -1, second] = argumentNodes(tree, node);
  if (second === undefined) return false;
  const [, target, key] =
    /^(\w+)\[(\w+)\](?: (?:\|\||\?\?) \{\})?$/.exec(flat(tree, first, 80)) ?? [];
  if (target === undefined || !parameterFacts(tree, unit).some(({ name }) => name === target))
    return false;
  const text = unitText(context, node);
  const from = new RegExp(`\\b(?!${target}\\b)\\w+\\[${key}\\]`);
  const given = flat(tree, second, 80);
  const value = new RegExp(`\\b(const|let|var)\\s+${escaped(given)}\\s*=\\s*\\w+\\[${key}\\]`);
  return (from.test(given) || value.test(text)) && setsAnyKey(text, target, key ?? '');
}

function setsAnyKey(text: string, target: string, key: string): boolean {
  const set = new RegExp(`\\b${target}\\[${key}\\]\\s*=[^=]`);
  const eachKey = new RegExp(
    `for\\s*\\(\\s*(const|let|var)\\s+${key}\\s+(in|of)\\b|\\(?\\b${key}\\b\\)?\\s*=>|function\\s*\\(\\s*${key}\\b`,
  );
  return text !== '' && set.test(text) && eachKey.test(text) && !keptOut.test(text);
}

/** Names of what keeps a prototype out. */
const keptOut =
  /__proto__|prototype|constructor|\bproto\b|safe|unsafe|forbid|block|deny|allow|pollut|hasOwn\w*(\.call)?\(\s*target|create\(null\)/i;

const finders =
  /^(find|findOne|findOneAndUpdate|findOneAndDelete|findOneAndReplace|updateOne|updateMany|deleteOne|deleteMany|countDocuments|exists)$/;
const sent = String.raw`(req|request|ctx\.request)\.(body|query)`;
const whole = new RegExp(`^${sent}$`);
const part = new RegExp(String.raw`[{,]\s*(\w+\s*:\s*${sent}(\.\w+|\[['"]\w+['"]\]))\s*[,}]`);

/** What a visitor sends is the query itself, or a part of it that may be `{ $ne: null }` as well as a text. */
function asksWhatIsSent(context: Context, node: number): boolean {
  const { tree } = context;
  const [first = -1] = argumentNodes(tree, node);
  const { qualifier } = callAt(tree, node);
  if (first < 0 || qualifier === null || sourceHolds(tree, cleaning)) return false;
  if (!/^[A-Z]\w*$|(^|\.)(models?\.\w+|\w*[cC]ollection\w*(\(.*\))?|db(\.\w+)*)$/.test(qualifier))
    return false;
  const text = flat(tree, first, 300);
  if (whole.test(text)) return true;
  if (tree.kind(first) !== 'collection' || !part.test(text)) return false;
  // Other libraries ask with `{ where: … }` and take a value for a value.
  return sourceHolds(tree, documents) || !sourceHolds(tree, otherQueries);
}

const cleaning =
  /mongo-?sanitize|sanitizeFilter|\bzod\b|\bjoi\b|express-validator|\byup\b|\bajv\b/i;
const documents = /mongoose|mongodb|MongoClient/;
const otherQueries = /\bwhere\s*:|sequelize|typeorm|prisma|knex|nedb|new Map\b/i;

/** A name that is declared once in the file, with `const`, gets another value. */
function setsConstant(context: Context, node: number): boolean {
  const { tree } = context;
  const target =
    tree.kind(node) === 'augmented' ? tree.namedChildren(node)[0] : tree.field(node, 'left');
  if (target === undefined || target < 0 || tree.kind(target) !== 'identifier') return false;
  const name = tree.text(target);
  const declared = bindingsOf(context, node, name).filter(({ kind }) => kind === 'declarator');
  const [only] = declared;
  if (only === undefined || declared.length > 1 || only.value < 0 || only.node > node) return false;
  return isConst(tree, only.node) && isOnlyDeclaration(context, name);
}

function isConst(tree: SyntaxTree, declarator: number): boolean {
  const holder = tree.parentOf(declarator);
  return (
    tree.excerpt(holder, 6).startsWith('const ') &&
    !/^for\b/.test(tree.excerpt(tree.parentOf(holder), 4))
  );
}

/** No parameter, other variable, function or import of the file has the name. */
function isOnlyDeclaration(context: Context, name: string): boolean {
  const { tree, units } = context;
  const word = escaped(name);
  const declaring = new RegExp(
    `\\b(?:let|var|const|function\\*?|class|catch\\s*\\()\\s+?${word}\\b|\\b(?:let|var|const)\\s*[{\\[][^;=]*\\b${word}\\b|\\bcatch\\s*\\(\\s*${word}\\b|\\bimport\\b[^;'"]*\\b${word}\\b|\\b(?:let|var|const)\\b[^;\\n]*,\\s*${word}\\b|\\b(?:enum|namespace|declare)\\b[^;\\n]*\\b${word}\\b`,
    'g',
  );
  const many = [...tree.source.matchAll(declaring)].length;
  const given = units.list.some((unit) =>
    parameterFacts(tree, unit).some((one) => one.name === name),
  );
  return many === 1 && !given;
}

/** `if (error) { next(error); }` without `return`, and what follows goes on as if nothing had happened. */
function passesOnAndGoesOn(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  const names = unit === null ? [] : parameterFacts(tree, unit).map(({ name }) => name);
  if (names.at(-1) !== 'next' || names.length < 3 || names.length > 4) return false;
  if (!endsInNext(tree, node)) return false;
  const again = new RegExp(
    `^(return\\s+)?(next\\(|${escaped(names.at(-2) ?? 'res')}\\.(\\w+\\([^()]*\\)\\.)*(send|json|end|render|redirect|sendStatus|sendFile)\\()`,
  );
  return following(tree, statementAround(tree, node)).some((one) =>
    again.test(tree.excerpt(one, 200)),
  );
}

/** The last statement of a branch without another one is a call of `next`. */
function endsInNext(tree: SyntaxTree, node: number): boolean {
  const then = tree.field(node, 'consequence');
  if (then < 0 || tree.field(node, 'alternative') >= 0) return false;
  const last = tree.kind(then) === 'block' ? (tree.namedChildren(then).at(-1) ?? then) : then;
  return tree.excerpt(last, 8).startsWith('next(');
}

/** Mistakes of scripts that run on a server, and constants that get another value. */
export const scriptDetectors: Detector[] = [
  {
    rule: 'prototype-pollution',
    kinds: ['call'],
    needs: /\w\[\w+\]\s*=[^=]/,
    test: mergesPrototype,
  },
  { rule: 'nosql-injection', kinds: ['call'], method: finders, test: asksWhatIsSent },
  {
    rule: 'reassigned-constant',
    kinds: ['assignment', 'augmented'],
    needs: /\bconst\s/,
    test: setsConstant,
  },
  { rule: 'answered-twice', kinds: ['if'], needs: /\bnext\(/, test: passesOnAndGoesOn },
];
