import { anyOf } from '../../any-of.ts';
import { argumentNodes, callAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { search, unitAt, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { writtenToTheEnd } from '../resources.ts';
import { typeOf } from './name-index.ts';
import { flat, following, isStatementCall, statementAround } from './shapes.ts';

/** What has to be closed, beyond what is opened by name in every language. */
const openers: Record<string, RegExp> = {
  java: /^(Files\.(newBufferedReader|newBufferedWriter|newInputStream|newOutputStream|lines|list|walk)|Socket|ServerSocket|ZipFile|RandomAccessFile|InputStreamReader|ObjectInputStream|ObjectOutputStream|BufferedWriter|BufferedInputStream|BufferedOutputStream|\w*[cC]onn(ection)?\.(prepareStatement|createStatement)|\w*([sS]tatement|[sS]tmt)\.executeQuery|FileChannel\.open|(\w*[dD]ataSource|ds)\.getConnection|Executors\.new\w+|\w+\.openStream)$/,
  csharp:
    /^(SqlConnection|SqlCommand|NpgsqlConnection|MySqlConnection|SqliteConnection|TcpClient|GZipStream|DeflateStream|CryptoStream|BufferedStream|BinaryReader|BinaryWriter|StreamWriter|ZipArchive|Bitmap|FileStream|StreamReader|File\.(AppendText|CreateText))$/,
  python:
    /^(socket\.(socket|create_connection)|smtplib\.SMTP(_SSL)?|ftplib\.FTP|shelve\.open|psycopg2\.connect|pymysql\.connect|MySQLdb\.connect|sqlite3\.connect|zipfile\.ZipFile|tarfile\.open|gzip\.open|io\.open|codecs\.open|(urllib\.request\.)?urlopen|tempfile\.NamedTemporaryFile)$/,
  ruby: /^(File\.(open|new)|TCPSocket\.(new|open))$/,
  javascript: /^(\w*[pP]ool\.connect|fs\.openSync|fs\.promises\.open|fsp\.open)$/,
  typescript: /^(\w*[pP]ool\.connect|fs\.openSync|fs\.promises\.open|fsp\.open)$/,
};

/** A name for what is opened that is never closed nor handed on as a whole in its function. */
function staysOpen(context: Context, node: number): boolean {
  const { tree } = context;
  if (unitOf(context, node) === null || tree.field(node, 'block') >= 0) return false;
  if (isRubyChain(context, node) || isUsedUp(context, node)) return true;
  if (!opens(context, node)) return false;
  const name = nameGiven(tree, node);
  return name !== null && search(context, keeping(escaped(name)), unitAt(context, node)) === false;
}

function opens(context: Context, node: number): boolean {
  const { tree } = context;
  const name = fullName(tree, node);
  if (name === 'Scanner') return scansFile(context, node);
  if (name.startsWith('Executors.') && context.file.role !== 'source') return false;
  return openers[tree.table.language]?.test(name) === true;
}

/** A scanner of a file or stream; one of a text or of the standard input has nothing to close. */
function scansFile(context: Context, node: number): boolean {
  const { tree } = context;
  const first = argumentNodes(tree, node)[0];
  if (tree.table.language !== 'java' || first === undefined) return false;
  const text = tree.excerpt(first, 80);
  return (
    /^(new (File|FileInputStream|FileReader)|Paths\.get|Path\.of)\(/.test(text) ||
    /^(File|Path|FileReader|FileInputStream)$/.test(typeOf(context, node, text) ?? '')
  );
}

const readers = /^(BufferedReader|FileReader|FileInputStream|Scanner|Files\.(lines|list|walk))$/;
const using =
  /^(count|collect|toList|forEach|findFirst|findAny|anyMatch|allMatch|noneMatch|reduce|toArray|sum|max|min|readLine|read|readAllBytes|next\w*)$/;

/** `Files.lines(path).count()` in Java: used up where it is opened, so that nobody can close it. */
function isUsedUp({ tree }: Context, node: number): boolean {
  if (tree.table.language !== 'java' || !readers.test(fullName(tree, node))) return false;
  // A text and the standard input have nothing to close.
  if (!/File|Path|path/.test(tree.excerpt(node, 200))) return false;
  let at = node;
  for (let up = tree.parentOf(at); up >= 0; up = tree.parentOf(up)) {
    if (tree.kind(up) === 'paren') at = up;
    else if (tree.kind(up) === 'call' && tree.fieldName(at) === 'object') {
      if (using.test(callAt(tree, up).name)) return !isResource(tree, up);
      at = up;
    } else return false;
  }
  return false;
}

function isResource(tree: SyntaxTree, node: number): boolean {
  for (let up = node; up >= 0 && !tree.isStatement(up); up = tree.parentOf(up))
    if (tree.type(up) === 'resource') return true;
  return false;
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
  const managed = `\\busing\\s*\\(?\\s*${name}\\b|\\busing\\b[^;\\n]*\\b${name}\\.Execute|\\b(closeSync|closeQuietly|close|closing|with|enter_context|push_async_exit|nullcontext|addCleanup|callback)\\b[\\s(]+[^;\\n]*\\b${name}\\b|\\btry\\s*\\(\\s*${name}\\b`;
  const returned = `\\breturn\\s+\\(?([^;\\n]*[(,\\s])?${name}\\s*[;,)\\n}]|\\breturn\\s+new\\b[^;]*\\b${name}\\b|\\byield\\s+${name}\\b|\\breturn\\s+${name}$`;
  const kept = `(this|self|@)\\W?\\.?\\w+\\s*=\\s*${name}\\b|=\\s*${name}\\s*;|new\\s+(?!\\w*Command\\b)\\w+(<[^>]*>)?\\([^;]*\\b${name}\\s*[,)]|\\.(add|put|push|append|Add)\\(\\s*${name}\\b|\\[[^\\]]+\\]\\s*=\\s*${name}\\b|\\b(self|this|super)\\.\\w+\\(\\s*${name}\\s*\\)`;
  return new RegExp([closed, managed, returned, kept, writtenToTheEnd(name)].join('|'), 'm');
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

const closeable: Record<string, RegExp> = {
  java: /^(BufferedReader|BufferedWriter|FileReader|FileWriter|FileInputStream|FileOutputStream|PrintWriter|Scanner|\w*[dD]ataSource\.getConnection|DriverManager\.getConnection)$/,
  csharp: /^(FileStream|StreamReader|StreamWriter|SqlConnection|File\.(OpenRead|OpenText|Create))$/,
  python: /^(open|socket\.socket|sqlite3\.connect|psycopg2\.connect)$/,
};
const inMemory = /\b(String|CharArray|ByteArray)\w*(Reader|Writer|Stream)\b|System\.in\b/;

/** Closed in the end by a statement of the same block, with a way out before that leaves it open. */
function leavesBeforeClosing(context: Context, node: number): boolean {
  const { tree } = context;
  if (unitOf(context, node) === null) return false;
  if (closeable[tree.table.language]?.test(fullName(tree, node)) !== true) return false;
  const name = inMemory.test(tree.excerpt(node, 200)) ? null : nameGiven(tree, node);
  if (name === null) return false;
  const closing = new RegExp(`\\b${name}\\.([cC]lose|Dispose)\\(`);
  const word = new RegExp(`\\b${name}\\b`);
  const next = following(tree, statementAround(tree, node), 30);
  const end = next.findIndex((one) => closing.test(tree.excerpt(one, 2_000)));
  if (end < 0 || tree.kind(next[end] ?? -1) === 'try') return false;
  return next.slice(0, end).some((one) => {
    const text = tree.excerpt(one, 2_000);
    // What is handed back, or not there, is not closed here.
    return tree.kind(one) === 'if' && /\b(return|throw|raise)\b/.test(text) && !word.test(text);
  });
}

export const resourceDetectors: Detector[] = [
  {
    rule: 'unclosed-resource',
    kinds: ['call', 'new'],
    callee: anyOf(Object.values(closeable)),
    needs: /\.([cC]lose|Dispose)\(/,
    test: leavesBeforeClosing,
  },
  {
    rule: 'unclosed-resource',
    kinds: ['call', 'new'],
    callee: anyOf([...Object.values(openers), readers]),
    test: staysOpen,
  },
  {
    rule: 'ignored-error',
    kinds: ['call'],
    method: /^(write|remove_file|create_dir\w*|rename|copy)$/,
    test: ({ tree }, node) =>
      tree.table.language === 'rust' &&
      isStatementCall(tree, node) &&
      /^(fs|std::fs|File)::(write|remove_file|create_dir\w*|rename|copy)\(/.test(
        flat(tree, node, 200),
      ) &&
      argumentNodes(tree, node).length > 0,
  },
];
