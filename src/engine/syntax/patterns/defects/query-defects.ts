import { anyOf } from '../../any-of.ts';
import { argumentNodes, callAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { isDynamic, unitOf, type Context, type Detector } from '../context.ts';
import { bindingsOf, onlyValue, type Binding } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { sqlWords } from '../sql-injection.ts';
import { isBuilt, isCleaned, isFromRequest } from './taint.ts';

const sqlStart =
  /^\W{0,6}\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|DROP\s+TABLE\s)/i;
const runsSql =
  /^(execute|executemany|executescript|executeQuery|executeUpdate|query|Query|QueryRow|QueryContext|QueryRowContext|Exec|ExecContext|raw|rawQuery|prepare|prepareStatement|createQuery|createNativeQuery|find_by_sql|exec_query|select_all|mysqli_query|mysql_query|pg_query|sqlite_query|FromSqlRaw|ExecuteSqlRaw|SqlCommand|MySqlCommand|NpgsqlCommand|SqliteCommand|ExecuteReader|queryForObject|queryForList|\$queryRawUnsafe|\$executeRawUnsafe|sqlx|run|all|get|each|unsafe|exec|sqlite3_exec|PQexec)$/;
const placeholders =
  /placeholder|join\(|\btable\b|_table\b|tables\b|columns?\b|\bwhere\b|clause|fields?\b|order|schema/i;

/** SQL whose text was put together from values some lines before it is run. */
function runsBuiltSql(context: Context, node: number): boolean {
  const { tree } = context;
  return argumentNodes(tree, node)
    .slice(0, 2)
    .map((argument) => nameOfText(tree, argument))
    .some((name) => name >= 0 && isBuiltSql(context, name));
}

/** The name whose text is handed over: `sql`, `&sql`, `sql.toString()`, `sql.c_str()`; or -1. */
function nameOfText(tree: SyntaxTree, argument: number): number {
  if (tree.kind(argument) === 'identifier') return argument;
  if (
    !/^&?\s*\w+(\s*\.\s*(toString|ToString|String|c_str|data|as_str)\(\))?$/.test(
      tree.excerpt(argument, 80),
    )
  )
    return -1;
  for (let at = argument; at < tree.endOf(argument); at += 1)
    if (tree.kind(at) === 'identifier') return at;
  return -1;
}

function isBuiltSql(context: Context, name: number): boolean {
  const { tree } = context;
  const bound = bindingsOf(context, name, tree.text(name)).filter(({ node }) => node < name);
  const starts = bound.filter(
    (one) => one.value >= 0 && !isAdded(tree, one) && sqlStart.test(sqlIn(tree, one.value)),
  );
  if (starts.length === 0) return false;
  if (appendsValue(context, name)) return true;
  return bound.some((one) => {
    const { node, value, kind } = one;
    if (value < 0) return false;
    const text = tree.excerpt(value, 600);
    if (
      isAdded(tree, one) ||
      new RegExp(`^\\$?${escaped(tree.text(name).replace('$', ''))}\\s*[+.]`).test(text)
    )
      return addsQuoted(tree, value, tree.excerpt(node, 600));
    return kind !== 'assignment' && kind !== 'declarator' ? false : hasValueInside(tree, value);
  });
}

/** `sql += …`, which some grammars call an assignment like any other. */
function isAdded(tree: SyntaxTree, { node, kind }: Binding): boolean {
  return kind === 'augmented' || /^\$?\w+\s*(\+=|\.=)/.test(tree.excerpt(node, 120));
}

/** `sql.append("… = '").append(name)`, in one chain or in two statements. */
function appendsValue(context: Context, name: number): boolean {
  const { tree } = context;
  const own = escaped(tree.text(name));
  const start = tree.start[unitOf(context, name)?.node ?? 0] ?? 0;
  const text = tree.source.slice(
    Math.max(start, (tree.start[name] ?? 0) - 4_000),
    tree.start[name],
  );
  return new RegExp(
    `['=%]\\s*"\\s*\\)\\s*(;\\s*${own}\\s*)?\\.\\s*(append|Append|WriteString|push_str)\\(\\s*&?[a-z_][\\w.]*\\s*\\)`,
  ).test(text);
}

/** The first text in a value. */
function sqlIn(tree: SyntaxTree, node: number): string {
  return tree
    .excerpt(node, 300)
    .replace(
      /^(String\.format|fmt\.Sprintf|sprintf|string\.Format|format!?|(new\s+)?StringBu\w+|String::from)\(\s*/,
      '',
    )
    .replace(/^(\(\s*)?[@$frFR]*("""|'''|["'`])/, '');
}

function addsQuoted(tree: SyntaxTree, value: number, _statement: string): boolean {
  if (!isDynamic(tree, value)) return false;
  const text = tree.excerpt(value, 400);
  return !placeholders.test(text) && /['=%]|like/i.test(text) && !/^[A-Z_]+$/.test(text);
}

function hasValueInside(tree: SyntaxTree, value: number): boolean {
  const kind = tree.kind(value);
  const text = tree.excerpt(value, 600);
  const isCall = kind === 'call';
  const words = isCall ? /"[^"]*"|'[^']*'/g : /["'`][^"'`$#{}]*["'`]/g;
  if (placeholders.test(text.replaceAll(words, ''))) return false;
  if (kind === 'binary') return isDynamic(tree, value) && /^[$@fr]*["'`]/.test(text.trim());
  if (isCall)
    return (
      /%[sdv]|\{\w*\}/.test(text) &&
      /^(String\.format|fmt\.Sprintf|sprintf|string\.Format|format!|\(?\s*["'].*["']\s*\)?\.format)/s.test(
        text,
      )
    );
  if (tree.type(value) === 'macro_invocation') return text.startsWith('format!');
  return false;
}

const railsQueries =
  /^(where|not|having|order|reorder|group|joins|from|pluck|find_by|find_by_sql|exists\?|delete_all|update_all|select|count_by_sql)$/;

const ownSql = /#\{[^}]*(sanitize|quote|table_name|connection|[A-Z_]{3,}|\bcolumn|_name\b)/;

function isRailsQuery(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  const given = argumentNodes(tree, node)[0];
  if (given === undefined) return false;
  const first = textOfName(context, given);
  const text = tree.excerpt(first, 300);
  // In the model itself nothing stands before it; then the text has to compare.
  if (qualifier === null && !/([=<>]|\bLIKE)\s*'?%?#\{/i.test(text)) return false;
  const isText = tree.kind(first) === 'string';
  if (/^(order|reorder|group|pluck|select)$/.test(name))
    return text.startsWith('params[') || (isText && /#\{\s*params/.test(text));
  if (isText) return text.includes('#{') && !ownSql.test(text);
  return isJoinedSql(tree, first, text);
}

/** A name stands for the text that it is bound to, when it holds a value between quotes. */
function textOfName(context: Context, given: number): number {
  const { tree } = context;
  if (tree.kind(given) !== 'identifier') return given;
  const value = onlyValue(context, given, tree.text(given));
  const text = value < 0 ? '' : tree.excerpt(value, 300);
  return /[=<>]\s*'#\{/.test(text) ? value : given;
}

function isJoinedSql(tree: SyntaxTree, node: number, text: string): boolean {
  return (
    tree.kind(node) === 'binary' &&
    /^["']/.test(text) &&
    isDynamic(tree, node) &&
    /[=<>]|LIKE/i.test(text)
  );
}

const commandRunners =
  /^((child_process\.)?(exec|execSync)|Runtime\.getRuntime\(\)\.exec|\w*[rR]untime\.exec|shell_exec|passthru|proc_open|popen|IO\.popen|Kernel\.exec|system|exec|Open3\.\w+|subprocess\.(getoutput|getstatusoutput)|Process\.Start)$/;
const shellNames = /^["'`](\/bin\/)?(sh|bash|cmd|cmd\.exe|zsh|powershell)["'`]$/;

const spawners =
  /^(exec\.Command(Context)?|ProcessBuilder|Command\.new|spawn|execFile|spawnSync|child_process\.spawn)$/;
const quoting = /shlex\.quote|shellescape|escapeshell|Shellwords|shell-quote/;

function runsBuiltCommand(context: Context, node: number): boolean {
  const { tree } = context;
  const nodes = argumentNodes(tree, node);
  if (nodes.length === 0) return false;
  const { name: method, qualifier } = callAt(tree, node);
  if (tree.table.language === 'rust' && method === 'arg')
    return (qualifier ?? '').includes('"-c"') && isDynamic(tree, nodes[0] ?? node);
  const text = commandText(tree, node, nodes);
  return isBuiltText(context, text) && !isCleaned(context, node, quoting);
}

/** The name or text that is run as a command, or -1. */
function commandText(tree: SyntaxTree, node: number, nodes: readonly number[]): number {
  const name = fullName(tree, node);
  if (spawners.test(name)) return shellText(tree, nodes);
  if (!commandRunners.test(name) || (name === 'exec' && tree.table.language === 'python'))
    return -1;
  // `Process.Start("cmd", "/c " + text)`: the second part.
  if (name === 'Process.Start') return nodes[1] ?? nodes[0] ?? -1;
  // What is put together in place is found by the other rule.
  const first = nodes[0] ?? -1;
  return tree.kind(first) === 'identifier' ? first : -1;
}

function isBuiltText(context: Context, node: number): boolean {
  return node >= 0 && (isBuilt(context, node) || isFromRequest(context, node));
}

/** What a shell that is started is told to run, or -1. */
function shellText(tree: SyntaxTree, nodes: readonly number[]): number {
  const parts = nodes.flatMap((one) =>
    tree.kind(one) === 'collection' ? tree.namedChildren(one) : [one],
  );
  const shell = parts.findIndex((one) => shellNames.test(tree.excerpt(one, 20)));
  const flag = parts.findIndex((one) =>
    /^["'`](-c|\/c|\/C|-Command)["'`]$/.test(tree.excerpt(one, 12)),
  );
  return shell >= 0 && flag > shell ? (parts[flag + 1] ?? -1) : -1;
}

/** Queries and commands that are put together from values. */
export const queryDetectors: Detector[] = [
  {
    rule: 'sql-injection',
    kinds: ['call', 'new'],
    needs: sqlWords,
    method: runsSql,
    test: runsBuiltSql,
  },
  {
    rule: 'sql-injection',
    kinds: ['call'],
    method: railsQueries,
    test: (context, node) => context.tree.table.language === 'ruby' && isRailsQuery(context, node),
  },
  {
    rule: 'shell-command',
    kinds: ['call', 'new'],
    callee: anyOf([commandRunners, spawners, /(^|\.)arg$/]),
    test: (context, node) => runsBuiltCommand(context, node),
  },
  {
    rule: 'shell-command',
    kinds: ['type:subshell', 'type:shell_command_expression', 'string'],
    test: ({ tree }, node) => {
      const text = tree.excerpt(node, 300);
      if (
        tree.kind(node) === 'string' &&
        !/^(subshell|shell_command_expression)$/.test(tree.type(node))
      )
        return false;
      return /#\{|\$\w/.test(text) && !/shellescape|Shellwords|escapeshell/.test(text);
    },
  },
];
