import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { effectOf, isFallible } from '../../effects.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { search, unitAt, unitOf, type Context, type Detector } from '../context.ts';
import { bindingsOf, typeOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { flat, following, isStatementCall, statementAround, unitText } from './shapes.ts';
import { withoutComments } from '../without-comments.ts';

const dropped =
  /^(json|xml|yaml)\.Unmarshal$|^json\.NewDecoder\(.*\)\.Decode$|^json\.NewEncoder\(.*\)\.Encode$|^os\.(WriteFile|Mkdir|MkdirAll|Rename|Chmod|Truncate)$|^ioutil\.WriteFile$|^(tx|db)\.(Commit|Exec|Ping)$|^rows?\.Scan$|^(io\.(Copy|ReadFull)|binary\.(Read|Write))$|^http\.ListenAndServe(TLS)?$/;

function dropsError(context: Context, node: number): boolean {
  const { tree } = context;
  if (context.file.role !== 'source') return false;
  if (tree.kind(node) === 'call')
    return isStatementCall(tree, node) && dropped.test(fullName(tree, node));
  // `value, _ := strconv.Atoi(text)`
  const left = tree.field(node, 'left', 'name');
  const right = tree.field(node, 'right', 'value');
  if (left < 0 || right < 0 || !/^\w+(\s*,\s*\w+)*\s*,\s*_$/.test(tree.excerpt(left, 80)))
    return false;
  // `if ok, _ := …; ok`: a failure is a no.
  if (tree.fieldName(node) === 'initializer') return false;
  const value = tree.kind(right) === 'call' ? right : (tree.namedChildren(right)[0] ?? right);
  return tree.kind(value) === 'call' && failsFromOutside(tree, value);
}

const packages = /^(strconv|json|os|ioutil|io|http|net|url|time|db|tx|xml)\./;

function failsFromOutside(tree: SyntaxTree, node: number): boolean {
  const effect = effectOf(callAt(tree, node), 'go');
  if (!isFallible(effect) || !packages.test(fullName(tree, node))) return false;
  // Constants fail on the first run or never.
  return argumentNodes(tree, node).some(
    (one) => tree.kind(one) !== 'string' && tree.kind(one) !== 'number',
  );
}

/** Opened here, and neither closed nor handed on in this function. */
const opened: [call: RegExp, closing: string][] = [
  [/^(\w+\.)*(http|\w*(HTTP|Http)|\w*[cC]lient)\.(Get|Post|PostForm|Head|Do)$/, '\\.Body\\b'],
  [/^\w*([dD][bB]|[tT]x|[cC]onn)\.(Query|QueryContext|Queryx)$/, '\\.Close\\b'],
];

function leavesOpen(context: Context, node: number): boolean {
  const { tree } = context;
  const found = opened.find(([call]) => call.test(fullName(tree, node)));
  if (found === undefined) return false;
  const statement = statementAround(tree, node);
  const name = /^(?:if\s+)?(\w+)\s*,\s*\w+\s*:?=/.exec(tree.excerpt(statement, 100))?.[1];
  if (name === undefined || name === '_') return false;
  const word = escaped(name);
  const kept = new RegExp(
    `\\b${word}${found[1]}(\\.Close)?|\\breturn\\b[^\\n]*\\b${word}\\b(?!\\.)|[(,]\\s*${word}\\s*[,)]|=\\s*${word}\\s*$|:\\s*${word},`,
    'm',
  );
  const text = withoutComments(unitText(context, node));
  const own =
    found[1] === '\\.Body\\b'
      ? new RegExp(
          `\\b${word}\\.Body\\.Close|\\breturn\\b[^\\n]*\\b${word}\\b(?!\\.)|[(,]\\s*${word}\\s*[,)]|[(,]\\s*${word}\\.Body\\s*[,)][^\\n]*[cC]lose|=\\s*${word}\\s*$`,
          'm',
        )
      : kept;
  return !own.test(text) && (found[1] !== '\\.Body\\b' || answered(word).test(text));
}

/** What is asked of an answer to a request, and of nothing else that a client gives. */
function answered(name: string): RegExp {
  return new RegExp(`\\b${name}\\.(Body|StatusCode|Status|Header)\\b`);
}

/** `mu.Lock()` with a way out before, or without, its `Unlock`. */
function staysLocked(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  const release = releases.get(name);
  if (qualifier === null || release === undefined || !locksHere(context, node, qualifier))
    return false;
  const text = unitText(context, node);
  const released = new RegExp(`${escaped(qualifier)}\\s*(\\.|->)\\s*${release}\\b`);
  if (!released.test(text)) return !/[uU]nlock|[rR]elease/.test(text);
  const deferred = new RegExp(`defer\\s+(func\\(\\)\\s*\\{[^}]*)?${released.source}`);
  return !deferred.test(text) && returnsBetween(tree, node, released);
}

/** A lock by its name or type, taken by a statement of a function that is for something else. */
function locksHere(context: Context, node: number, qualifier: string): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || !isStatementCall(tree, node)) return false;
  if (/lock|acquire|__enter__|begin|wait/i.test(unit.name)) return false;
  const told = `${qualifier} ${typeOf(context, node, qualifier) ?? ''}`;
  return tree.table.language === 'go' || /lock|mutex|mtx|semaphore/i.test(told);
}

const releases = new Map([
  ['Lock', 'Unlock'],
  ['RLock', 'RUnlock'],
  ['lock', 'unlock'],
  ['acquire', 'release'],
]);

/** A statement of the same block leaves the function before the lock is given back. */
function returnsBetween(tree: SyntaxTree, node: number, release: RegExp): boolean {
  for (const next of following(tree, statementAround(tree, node), 30)) {
    const text = tree.excerpt(next, 2_000);
    if (release.test(text)) {
      if (tree.kind(next) !== 'if' || text.search(release) === 0) return false;
      continue;
    }
    if (tree.kind(next) === 'try') return false;
    if (tree.kind(next) === 'if' && /\b(return|throw|raise)\b/.test(text)) return true;
  }
  return false;
}

const scriptAnswer =
  /\b(res|response)(\.status\([^)]*\))?\.(send|json|end|render|redirect|sendStatus)\(/;
const startsAnswer = new RegExp(`^${scriptAnswer.source}`);
/** @param writer what the answer is written to */
function goAnswer(writer: string): RegExp {
  return new RegExp(
    `\\b${writer}\\.Write|(Fprint\\w*|NewEncoder|http\\.Error|\\.Execute\\w*|ServeContent)\\(\\s*${writer}\\b`,
  );
}

/** After an answer with an error the handler goes on and answers again. */
function goesOn({ tree }: Context, node: number): boolean {
  const then = tree.field(node, 'consequence', 'body');
  if (then < 0 || tree.field(node, 'alternative') >= 0) return false;
  const text = flat(tree, tree.kind(then) === 'block' ? lastIn(tree, then) : then, 300);
  const isGo = tree.table.language === 'go';
  const writer = /^http\.(?:Error|Redirect|NotFound)\((\w+)/.exec(text)?.[1];
  if (isGo ? writer === undefined : !startsAnswer.test(text)) return false;
  const next = following(tree, statementAround(tree, node), 40).map((one) =>
    tree.excerpt(one, 600),
  );
  // The next handler answers, too.
  return (
    (isGo ? goAnswer(writer ?? '') : scriptAnswer).test(next.join('\n')) ||
    (!isGo && /^next\(\)/m.test(next.join('\n')))
  );
}

/** The last statement of a block, or the block itself. */
function lastIn(tree: SyntaxTree, block: number): number {
  const last = tree.namedChildren(block).at(-1) ?? block;
  return tree.type(last) === 'statement_list' ? (tree.namedChildren(last).at(-1) ?? last) : last;
}

const lockTypes = new WeakMap<SyntaxTree, Set<string>>();
const lockStruct = /type\s+(\w+)\s+struct\s*\{[^}]*\bsync\.(Mutex|RWMutex|WaitGroup)\b/g;

/** A lock handed over by value, or in a receiver that is one. */
function copiesLock({ tree }: Context, node: number): boolean {
  const header = headerText(tree, node);
  if (/[(,]\s*\w+\s+sync\.(Mutex|RWMutex|WaitGroup|Once|Cond)\b/.test(header)) return true;
  const receiver = /^func\s+\(\s*\w+\s+(\w+)\s*\)/.exec(header)?.[1];
  if (receiver === undefined) return false;
  const types =
    lockTypes.get(tree) ??
    new Set([...tree.source.matchAll(lockStruct)].map(([, name = '']) => name));
  lockTypes.set(tree, types);
  return types.has(receiver);
}

export const goDetectors: Detector[] = [
  {
    rule: 'ignored-error',
    kinds: ['call', 'assignment'],
    test: (context, node) => context.tree.table.language === 'go' && dropsError(context, node),
  },
  {
    rule: 'unclosed-resource',
    kinds: ['call'],
    test: (context, node) => context.tree.table.language === 'go' && leavesOpen(context, node),
  },
  {
    rule: 'lock-not-released',
    kinds: ['call'],
    method: /^(R?Lock|lock|acquire)$/,
    test: staysLocked,
  },
  { rule: 'answered-twice', kinds: ['if'], test: goesOn },
  { rule: 'copied-lock', kinds: ['function'], test: copiesLock },
  {
    rule: 'nil-map-write',
    kinds: ['assignment', 'augmented'],
    test: (context, node) => {
      const { tree } = context;
      const name = /^(\w+)\[[^\]]+\]\s*(=|\+=|-=|\+\+|--)/.exec(flat(tree, node, 200))?.[1];
      if (name === undefined) return false;
      const unit = unitAt(context, node);
      const declared = search(context, new RegExp(`\\bvar\\s+${name}\\s+map\\[[^\\n=]*\\n`), unit);
      return (
        declared === true &&
        search(
          context,
          new RegExp(`\\b${name}\\s*=\\s*[^=]|&${name}\\b|,\\s*${name}\\s*:?=`),
          unit,
        ) === false
      );
    },
  },
  {
    rule: 'lost-cancel',
    kinds: ['assignment'],
    test: ({ tree }, node) =>
      /^\w+\s*,\s*_\s*:?=\s*context\.With(Cancel|Timeout|Deadline)\(/.test(tree.excerpt(node, 100)),
  },
  {
    rule: 'changed-copy',
    kinds: ['loop'],
    test: (context, node) => {
      const { tree } = context;
      const match = /^for\s+\w+\s*,\s*(\w+)\s*:=\s*range\s+(\w+)\s*\{/.exec(
        tree.excerpt(node, 120),
      );
      const [, value, list] = match ?? [];
      const body = tree.field(node, 'body');
      if (value === undefined || list === undefined || body < 0) return false;
      const text = tree.excerpt(body, 4_000);
      const set = new RegExp(`[\\n;{]\\s*${value}\\.\\w+\\s*(=[^=]|[-+*/|]=|\\+\\+|--)`);
      const kept = new RegExp(
        `[(,=&]\\s*${value}\\b(?!\\.)|\\b${value}\\s*:=|\\b${value}\\.\\w+\\(|return`,
      );
      if (!set.test(text) || kept.test(text)) return false;
      const [binding] = bindingsOf(context, node, list);
      const made =
        binding === undefined || binding.value < 0 ? '' : tree.excerpt(binding.value, 60);
      return (
        new RegExp(`\\b${list}\\s+(\\.\\.\\.|\\[\\])[A-Za-z]\\w*[,)\\s]`).test(
          unitText(context, node),
        ) || /^\[\][A-Za-z]\w*\{/.test(made)
      );
    },
  },
];
