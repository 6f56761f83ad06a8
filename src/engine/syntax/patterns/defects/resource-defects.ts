import { argumentNodes, callAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { search, unitAt, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { flat, isStatementCall } from './shapes.ts';

/** What has to be closed, beyond what is opened by name in every language. */
const openers: Partial<Record<string, RegExp>> = {
  java: /^(Files\.(newBufferedReader|newBufferedWriter|newInputStream|newOutputStream|lines|list|walk)|Socket|ServerSocket|ZipFile|RandomAccessFile|InputStreamReader|ObjectInputStream|ObjectOutputStream|BufferedWriter|BufferedInputStream|BufferedOutputStream|\w*[cC]onn(ection)?\.(prepareStatement|createStatement)|\w*([sS]tatement|[sS]tmt)\.executeQuery|FileChannel\.open|\w*[dD]ataSource\.getConnection|\w+\.openStream)$/,
  csharp:
    /^(SqlConnection|SqlCommand|NpgsqlConnection|MySqlConnection|SqliteConnection|TcpClient|BinaryReader|BinaryWriter|StreamWriter|ZipArchive|Bitmap|FileStream|StreamReader|File\.(AppendText|CreateText))$/,
  python:
    /^(socket\.socket|psycopg2\.connect|pymysql\.connect|MySQLdb\.connect|sqlite3\.connect|zipfile\.ZipFile|tarfile\.open|gzip\.open|io\.open|codecs\.open|(urllib\.request\.)?urlopen|tempfile\.NamedTemporaryFile)$/,
  ruby: /^(File\.(open|new)|TCPSocket\.(new|open))$/,
  javascript: /^(\w*[pP]ool\.connect|fs\.openSync|fs\.promises\.open|fsp\.open)$/,
  typescript: /^(\w*[pP]ool\.connect|fs\.openSync|fs\.promises\.open|fsp\.open)$/,
};

/** A name for what is opened that is never closed nor handed on as a whole in its function. */
function staysOpen(context: Context, node: number): boolean {
  const { tree } = context;
  const opener = openers[tree.table.language];
  if (opener === undefined || !opener.test(fullName(tree, node))) return false;
  if (unitOf(context, node) === null || tree.field(node, 'block') >= 0) return false;
  if (isRubyChain(context, node)) return true;
  const name = nameGiven(tree, node);
  return name !== null && search(context, keeping(escaped(name)), unitAt(context, node)) === false;
}

const wrappers =
  /^(await_expression|await|cast_expression|parenthesized_expression|equals_value_clause)$/;

/** The plain name that something opened is bound to, unless the binding itself closes it. */
function nameGiven(tree: SyntaxTree, node: number): string | null {
  let at = tree.parentOf(node);
  for (let up = 0; up < 3 && at >= 0 && wrappers.test(tree.type(at)); up += 1)
    at = tree.parentOf(at);
  const kind = at < 0 ? undefined : tree.kind(at);
  if ((kind !== 'declarator' && kind !== 'assignment') || tree.type(at) === 'resource') return null;
  if (/^\s*(await\s+)?using\b/.test(tree.excerpt(tree.parentOf(tree.parentOf(at)), 16)))
    return null;
  const target = tree.field(at, 'name', 'left', 'pattern');
  const name = target < 0 ? '' : tree.excerpt(target, 60);
  return /^\w+$/.test(name) ? name : null;
}

/** Closed, or handed to someone whose duty it then is. */
function keeping(name: string): RegExp {
  const closed = `\\b${name}\\s*\\)?\\s*[?!]?\\.\\s*(close|Close|Dispose|DisposeAsync|CloseAsync|release|end|destroy|shutdown|closeSync|__exit__|detach)\\b`;
  const managed = `\\b(closeSync|closeQuietly|close|closing|using|with|await using|enter_context|push_async_exit|nullcontext|addCleanup|callback)\\b[\\s(]+[^;\\n]*\\b${name}\\b|\\btry\\s*\\(\\s*${name}\\b`;
  const returned = `\\breturn\\s+\\(?([^;\\n]*[(,\\s])?${name}\\s*[;,)\\n}]|\\breturn\\s+new\\b[^;]*\\b${name}\\b|\\byield\\s+${name}\\b|\\breturn\\s+${name}$`;
  const kept = `(this|self|@)\\W?\\.?\\w+\\s*=\\s*${name}\\b|=\\s*${name}\\s*;|new\\s+\\w+(<[^>]*>)?\\([^;]*\\b${name}\\s*[,)]|\\.(add|put|push|append|Add)\\(\\s*${name}\\b|\\[[^\\]]+\\]\\s*=\\s*${name}\\b|\\b(self|this|super)\\.\\w+\\(\\s*${name}\\s*\\)`;
  return new RegExp([closed, managed, returned, kept].join('|'), 'm');
}

/** `File.open(path).read` in Ruby. */
function isRubyChain({ tree }: Context, node: number): boolean {
  if (tree.table.language !== 'ruby' || !/^File\.(open|new)$/.test(fullName(tree, node)))
    return false;
  const parent = tree.parentOf(node);
  return (
    tree.kind(parent) === 'call' &&
    /^(read|readlines|each_line|gets|write|each|map)$/.test(callAt(tree, parent).name)
  );
}

export const resourceDetectors: Detector[] = [
  { rule: 'unclosed-resource', kinds: ['call', 'new'], test: staysOpen },
  {
    rule: 'ignored-error',
    kinds: ['call'],
    test: ({ tree }, node) =>
      tree.table.language === 'rust' &&
      isStatementCall(tree, node) &&
      /^(fs|std::fs|File)::(write|remove_file|create_dir\w*|rename|copy)\(/.test(
        flat(tree, node, 200),
      ) &&
      argumentNodes(tree, node).length > 0,
  },
];
