import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import { statementsOf } from '../../tree-questions.ts';
import { stringText, unitOf, type Context, type Detector } from '../context.ts';
import { typeOf } from './name-index.ts';
import { flat, following, isStatementCall, statementAround, unitText } from './shapes.ts';

const mustEnd = /^defer\s+(\w+\.(Flush|Rollback|Unlock)\(|os\.Remove|func\()/;

/** `log.Fatal` in a function that has deferred something. */
function exitsBeforeDeferred(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || !isStatementCall(tree, node) || context.file.role !== 'source') return false;
  // What is deferred in a branch of its own may not have been met; what only reads needs no end.
  const deferred = statementsOf(tree, unit.body)
    .filter((one) => one < node && tree.type(one) === 'defer_statement')
    .map((one) => tree.excerpt(one, 60));
  return (
    deferred.some((text) => mustEnd.test(text)) ||
    (deferred.length > 0 &&
      /\bos\.Create\(/.test(tree.source.slice(tree.start[unit.node], tree.start[node])))
  );
}

/** `defer log.Println(time.Since(start))` */
function defersTooEarly({ tree }: Context, node: number): boolean {
  return /^defer\s+[\w.]+\((?!func\b).*\btime\.Since\(/.test(
    flat(tree, node, 300).replace(/\bfunc\(.*$/s, ''),
  );
}

/** `close(jobs); jobs <- job` */
function sendsAfterClose({ tree }: Context, node: number): boolean {
  const name = /^close\((\w+)\)$/.exec(flat(tree, node, 60))?.[1];
  if (name === undefined || !isStatementCall(tree, node)) return false;
  const again = new RegExp(`^(${name}\\s*<-|close\\(\\s*${name}\\s*\\))`);
  const made = new RegExp(`^${name}\\s*:?=[^=]`);
  for (const next of following(tree, statementAround(tree, node), 8)) {
    const text = tree.excerpt(next, 200);
    if (made.test(text)) return false;
    if (again.test(text)) return true;
  }
  return false;
}

const decoders = /^(json|xml|yaml|toml)\.Unmarshal$|\.Decode$/;

/** `json.Unmarshal(data, user)` of a `user` that is no pointer. */
function fillsCopy(context: Context, node: number): boolean {
  const { tree } = context;
  const name = fullName(tree, node);
  const target = argumentNodes(tree, node)[name.endsWith('Unmarshal') ? 1 : 0] ?? -1;
  if (!decoders.test(name) || target < 0 || tree.kind(target) !== 'identifier') return false;
  const word = tree.text(target);
  if (name.endsWith('.Decode') && !/NewDecoder\(/.test(flat(tree, node, 120))) return false;
  const declared = new RegExp(
    `\\bvar\\s+${word}\\s+(?!\\*|interface\\b|any\\b|func\\b|chan\\b)[\\w.[\\]]+\\s*\\n|\\b${word}\\s*:=\\s*[A-Z]\\w*\\{`,
  );
  const type = typeOf(context, node, word);
  return (
    (type === null || !/^\*|interface|^any$/.test(type)) && declared.test(unitText(context, node))
  );
}

const lengths: Record<string, (name: string) => RegExp> = {
  go: (name) =>
    new RegExp(
      `\\b${name}\\s*:=\\s*make\\(\\s*\\[\\][^,()]+,\\s*(?!0\\s*[,)])[\\w.()]+\\s*\\)\\s*\\n`,
    ),
  cpp: (name) =>
    new RegExp(
      `\\bstd::vector<[^;()]*>\\s+${name}\\(\\s*(?!0\\s*\\))[\\w.]*(size\\(\\)|count|length|\\bn)\\s*\\)\\s*;`,
    ),
  javascript: (name) =>
    new RegExp(
      `\\b(?:const|let|var)\\s+${name}(?::[^=]+)?\\s*=\\s*new Array(?:<[^>]*>)?\\(\\s*(?!0\\s*\\))[\\w.]+\\s*\\)\\s*;`,
    ),
};

/** `ys := make([]int, len(xs))`, to which all of `xs` are appended. */
function appendsBehind(context: Context, node: number): boolean {
  const { tree } = context;
  if ((context.loopDepth[node] ?? 0) === 0) return false;
  const name = appendedTo(context, node);
  const made = lengths[tree.table.closuresAreUnits ? 'javascript' : tree.table.language];
  if (name === null || made === undefined) return false;
  const text = unitText(context, node);
  if (
    new RegExp(
      `\\b${name}\\[[^\\]]+\\]\\s*([-+*/]?=[^=]|\\+\\+)|\\b${name}\\.(clear|reserve|fill|resize)\\(|\\b${name}\\s*=\\s*${name}\\[|\\bcopy\\(\\s*${name}\\b`,
    ).test(text)
  )
    return false;
  return made(name).test(text);
}

function appendedTo({ tree }: Context, node: number): string | null {
  if (tree.table.language === 'go')
    return /^append\((\w+),/.exec(flat(tree, node, 100))?.[1] ?? null;
  const { name, qualifier } = callAt(tree, node);
  const isAppended = /^(push_back|emplace_back|push)$/.test(name) && /^\w+$/.test(qualifier ?? '');
  return isAppended ? qualifier : null;
}

/** `fmt.Println("hello %s", name)` */
function printsPlaces({ tree }: Context, node: number): boolean {
  const [first = -1, second] = argumentNodes(tree, node);
  if (first < 0 || second === undefined || tree.kind(first) !== 'string') return false;
  return /%[-+#0-9.]*[svdqfxtT](?![A-Za-z])/.test(
    stringText(tree, first, 200).replaceAll('%%', ''),
  );
}

/** `func (e Problem) Error() string { return fmt.Sprint(e) }` asks itself. */
function showsItself(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || !/^(Error|String)$/.test(unit.name)) return false;
  const receiver = /^func\s+\(\s*(\w+)\s+\*?\w+\s*\)\s*(Error|String)\(\)\s*string/.exec(
    headerText(tree, unit.node),
  )?.[1];
  if (receiver === undefined) return false;
  return (
    argumentNodes(tree, node).some((one) => tree.text(one) === receiver) &&
    !/%[dxTpfcU]|%#/.test(tree.excerpt(node, 120))
  );
}

/** `if writeErr != nil { return err }`, where `err` has been found to be nil before. */
function returnsOtherError({ tree }: Context, node: number): boolean {
  const [, asked, given] =
    /^if (\w*[eE]rr\w*) != nil \{ return (?:[^;{}]*, )?(\w*[eE]rr\w*) \}$/.exec(
      flat(tree, node, 160),
    ) ?? [];
  if (asked === undefined || given === undefined || asked === given) return false;
  const siblings = tree.namedChildren(tree.parentOf(node));
  const before = siblings.slice(0, siblings.indexOf(node)).map((one) => flat(tree, one, 300));
  const settled = before.findLastIndex((text) =>
    new RegExp(`^if ${given} != nil \\{ return [^{}]*\\}$`).test(text),
  );
  const isSet = new RegExp(`\\b${given}\\b[^=]*:?= `);
  return settled >= 0 && !before.slice(settled + 1).some((text) => isSet.test(text));
}

/** Slips with deferred calls, channels, pointers and lists; the last also in C++ and scripts. */
export const goSlipDetectors: Detector[] = [
  {
    rule: 'other-error',
    kinds: ['if'],
    needs: /Err != nil \{|err\d? != nil \{/,
    test: returnsOtherError,
  },
  {
    rule: 'exit-before-deferred',
    kinds: ['call'],
    callee: /^(log\.Fatal(f|ln)?|os\.Exit)$/,
    needs: /\n\s+defer\s/,
    test: exitsBeforeDeferred,
  },
  {
    rule: 'deferred-too-early',
    kinds: ['type:defer_statement'],
    needs: /time\.Since/,
    test: defersTooEarly,
  },
  { rule: 'sent-after-close', kinds: ['call'], callee: /^close$/, test: sendsAfterClose },
  { rule: 'no-pointer', kinds: ['call'], method: /^(Unmarshal|Decode)$/, test: fillsCopy },
  {
    rule: 'behind-zeros',
    kinds: ['call'],
    method: /^(append|push_back|emplace_back|push)$/,
    test: appendsBehind,
  },
  {
    rule: 'format-arguments',
    kinds: ['call'],
    callee: /^(fmt\.(Println|Print|Sprintln|Sprint)|log\.(Println|Print|Fatal|Fatalln|Panic))$/,
    test: printsPlaces,
  },
  {
    rule: 'endless-recursion',
    kinds: ['call'],
    callee: /^fmt\.(Sprint|Sprintf|Sprintln)$/,
    needs: /\)\s*(Error|String)\(\)\s*string/,
    test: showsItself,
  },
];
