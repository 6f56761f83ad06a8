import { callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { search, unitAt, unitOf, type Context } from '../context.ts';
import { escaped } from '../escaped.ts';
import { typeOf } from './name-index.ts';
import { isStatementCall, textOfType } from './shapes.ts';

/** C#: called after the convention for what gives a task, as a statement of an async method. */
export function isTask({ tree }: Context, node: number): boolean {
  const { name, qualifier } = callAt(tree, node);
  return (
    tree.table.language === 'csharp' &&
    /[a-z]Async$/.test(name) &&
    isStatementCall(tree, node) &&
    // What Unity loads by these gives an operation that goes on by itself.
    !/[wW]orker|[wW]ebClient|^base$|^(SceneManager|Resources|Addressables|AssetBundle)$/.test(
      qualifier ?? '',
    ) &&
    !/^(Run|Cancel)/.test(name)
  );
}

const storing =
  /^(save|insert|insertOne|insertMany|update|updateOne|updateMany|delete|deleteOne|deleteMany|upsert|destroy|softDelete|softRemove|increment|bulkCreate|findOneAndUpdate|createMany)$/;
const stores =
  /^(Mongo)?(Repository|EntityManager|DataSource|Model|Collection|PrismaClient|PrismaService)\b/;

/** Something is stored, in what the file says to be a store or waits for elsewhere. */
export function isStoring(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (
    !tree.table.closuresAreUnits ||
    !storing.test(name) ||
    qualifier === null ||
    !/^[\w.]+$/.test(qualifier)
  )
    return false;
  if (/(^|\.)prisma\.\w+$/.test(qualifier)) return true;
  const own = qualifier.replace(/^this\./, '');
  if (!/^\w+$/.test(own)) return false;
  const type = typeOf(context, node, own) ?? injectedAs(tree, own);
  return type === null
    ? new RegExp(
        `\\bawait\\s+${escaped(qualifier)}\\.(${storing.source.slice(2, -2)}|find\\w*)\\(`,
      ).test(tree.source)
    : stores.test(type);
}

/** A method that a class or interface of the file declares to give a promise, called on what is of that type. */
export function isDeclaredAsync(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  const { language } = tree.table;
  const own = /^(?:this\.|self\.)?(\w+)$/.exec(qualifier ?? '')?.[1];
  if (own === undefined || name === '' || !/^(typescript|tsx|python)$/.test(language)) return false;
  const type = typeOf(context, node, own) ?? injectedAs(tree, own);
  if (type === null || !/^[A-Z]\w*$/.test(type)) return false;
  const body = textOfType(tree, type);
  const word = escaped(name);
  const given =
    language === 'python'
      ? new RegExp(`\\basync\\s+def\\s+${word}\\s*\\(`)
      : new RegExp(
          `\\b${word}\\??\\s*(<[^<>]*>)?\\([^()]*\\)\\s*:\\s*Promise<|\\basync\\s+${word}\\s*\\(|\\b${word}\\??\\s*:\\s*\\([^()]*\\)\\s*=>\\s*Promise<`,
        );
  return given.test(body);
}

/** The type of a field that a constructor takes, or null. */
function injectedAs(tree: SyntaxTree, name: string): string | null {
  return new RegExp(`\\b${escaped(name)}\\s*[!?]?:\\s*(\\w+)`).exec(tree.source)?.[1] ?? null;
}

/** `request.then(read)` whose failure nothing in the chain takes. */
function isOpenChain(tree: SyntaxTree, node: number): boolean {
  const { name, arguments: count } = callAt(tree, node);
  return name === 'then' && count === 1 && !/\.catch\(/.test(tree.excerpt(node, 600));
}

/** What an async function without `await` gives, called after something that is sent or asked for: it is async for this. */
function isAllThatIsAsync(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (
    qualifier === null ||
    !/^(get|post|put|patch|delete|send|request|query|fetch|save|find\w*|load|create|update|execute)$/.test(
      name,
    )
  )
    return false;
  const unit = unitOf(context, node);
  if (
    unit === null ||
    !/\basync\b/.test(headerText(tree, unit.node)) ||
    !/^[\w.]+$/.test(qualifier)
  )
    return false;
  return (
    search(context, /\bawait\b/, unitAt(context, node)) === false &&
    !/^(\w*([mM]ap|[cC]ache|[sS]et|[hH]eaders|[sS]earchParams|[pP]arams))$/.test(
      qualifier.split('.').at(-1) ?? '',
    )
  );
}

/** What fails only later by how it is called, whatever it is. */
export function failsLater(context: Context, node: number): boolean {
  return isOpenChain(context.tree, node) || isAllThatIsAsync(context, node);
}
