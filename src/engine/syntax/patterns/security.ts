import { isOfNumbers } from './numbers-alone.ts';
import { anyOf } from '../any-of.ts';
import { argumentNodes, fullName, methodName } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { asksForHash } from './defects/crypto-defects.ts';
import { isSoundSource } from './defects/sound-randomness.ts';
import { isFromRequest } from './defects/taint.ts';
import { formatting, isBuiltSql, sqlWords } from './sql-injection.ts';
import { isDynamic, stringText, unitOf, type Context, type Detector } from './context.ts';

function firstIsDynamic(tree: SyntaxTree, node: number): boolean {
  const first = argumentNodes(tree, node)[0];
  return first !== undefined && isDynamic(tree, first);
}

/** Ruby: a block is code, no text; a heredoc with its file and line is a method written by a method. */
function isOwnCode(tree: SyntaxTree, node: number): boolean {
  if (tree.field(node, 'block') >= 0) return true;
  // A method written by a method; a file of the program's own choice.
  const first = argumentNodes(tree, node)[0] ?? -1;
  if (
    first >= 0 &&
    /^("def #\{|(compile\()?\w+\.read\(\)|(::)?(File|IO)\.read\()/.test(tree.excerpt(first, 40))
  )
    return true;
  return argumentNodes(tree, node).some((argument) =>
    /^(&|__FILE__|__LINE__)/.test(tree.excerpt(argument, 10)),
  );
}

/** What is read back may be what the program itself has stored; only what comes from others is certain. */
function isFromOutside(context: Context, node: number): boolean {
  const first = argumentNodes(context.tree, node)[0];
  if (first === undefined) return false;
  const text = context.tree.excerpt(first, 200);
  return (
    isFromRequest(context, first) ||
    /base64|decode64|php:\/\/input|gets\b|\.read\b|recv|socket|cookie|payload|upload|body|message/i.test(
      text,
    )
  );
}

const runners =
  /^(eval|exec|Function|window\.eval|globalThis\.eval|instance_eval|class_eval|module_eval|create_function|vm\.runIn\w+|compile)$/;
const subprocesses = /^subprocess\.(run|call|Popen|check_output|check_call)$/;
const shells =
  /^(os\.(system|popen)|commands\.getoutput|(child_process\.)?(exec|execSync)|shell_exec|(std\.)?system|passthru|popen|proc_open|Runtime\.getRuntime\(\)\.exec|Process\.Start|Kernel\.system|IO\.popen)$/;
const secretWords =
  /pass(word|wd|phrase)?\b|pwd|secret|token|credential|api_?key|otp|nonce|salt|session_?id|csrf/i;

/** Rules on code that an attacker can use; only values that the source does not fix count. */
export const securityDetectors: Detector[] = [
  {
    rule: 'dynamic-code',
    kinds: ['call', 'new'],
    callee: runners,
    test: ({ tree }, node) => {
      const name = fullName(tree, node);
      if (!firstIsDynamic(tree, node) || isOwnCode(tree, node)) return false;
      if (name === 'exec') return tree.table.language === 'python';
      if (name === 'Function') return tree.kind(node) === 'new';
      return name !== 'compile' || /['"](exec|eval)['"]/.test(tree.excerpt(node, 300));
    },
  },
  {
    rule: 'shell-command',
    kinds: ['call'],
    callee: anyOf([subprocesses, shells]),
    test: isShellCommand,
  },
  {
    rule: 'sql-injection',
    kinds: ['string', 'binary', 'call'],
    needs: sqlWords,
    method: formatting,
    test: isBuiltSql,
  },
  {
    rule: 'html-injection',
    kinds: ['assignment', 'call', 'type:echo_statement'],
    callee: /^document\.write(ln)?$/,
    test: ({ tree }, node) => {
      if (tree.type(node) === 'echo_statement')
        return (
          /\$_(GET|POST|REQUEST|COOKIE)\b/.test(tree.excerpt(node, 300)) &&
          !/htmlspecialchars|htmlentities|strip_tags|\(int\)|intval/.test(tree.excerpt(node, 300))
        );
      if (tree.kind(node) === 'call') return firstIsDynamic(tree, node);
      const left = tree.field(node, 'left');
      const right = tree.field(node, 'right');
      if (left < 0 || right < 0 || !/\.(innerHTML|outerHTML)$/.test(tree.excerpt(left, 200)))
        return false;
      return (
        isDynamic(tree, right) &&
        !/sanitize|escape|DOMPurify/i.test(tree.excerpt(right, 200)) &&
        !isOfNumbers(tree, right)
      );
    },
  },
  {
    rule: 'unsafe-deserialisation',
    kinds: ['call', 'new'],
    callee:
      /^yaml\.(load|load_all)$|^Marshal\.load$|^unserialize$|^(c?[pP]ickle|dill|shelve|marshal|jsonpickle)\.(loads?|Unpickler|decode)$|^ObjectInputStream$|^BinaryFormatter$/,
    test: (context, node) => {
      const { tree } = context;
      const name = fullName(tree, node);
      if (/^yaml\.(load|load_all)$/.test(name))
        return tree.table.language === 'python' && !/Safe|BaseLoader/.test(tree.excerpt(node, 300));
      if (name === 'Marshal.load' || name === 'unserialize')
        return isFromOutside(context, node) && !/allowed_classes/.test(tree.excerpt(node, 300));
      return true;
    },
  },
  {
    rule: 'tls-verification-off',
    kinds: ['type:keyword_argument', 'type:pair', 'type:keyed_element', 'assignment', 'call'],
    needs:
      /_create_unverified_context|danger_accept_invalid_certs|CURLOPT_SSL|verify|VERIFY|rejectUnauthorized|InsecureSkip|NODE_TLS/,
    place: ({ tree }, node) => (tree.kind(node) === 'call' ? methodName(tree, node) : node),
    test: ({ tree }, node) => {
      const text = tree.excerpt(node, 120);
      if (tree.kind(node) === 'call') {
        return (
          fullName(tree, node) === 'ssl._create_unverified_context' ||
          /\bdanger_accept_invalid_(certs|hostnames)\(true\)$/.test(tree.excerpt(node, 600)) ||
          /curl_setopt\([^,]+,\s*CURLOPT_SSL_VERIFY(PEER|HOST)\s*,\s*(false|0)/.test(text)
        );
      }
      if (isChosen(tree, node)) return false;
      return /^(verify\s*=\s*False|["']?rejectUnauthorized["']?\s*:\s*false|InsecureSkipVerify\s*:\s*true|\S*verify_mode\s*=\s*\S*VERIFY_NONE|\S*NODE_TLS_REJECT_UNAUTHORIZED\S*\s*=\s*['"]?0)/.test(
        text,
      );
    },
  },
  {
    rule: 'weak-password-hash',
    kinds: ['call'],
    needs: /md5|sha-?1/i,
    test: (context, node) => {
      const { tree } = context;
      const name = fullName(tree, node);
      const text = tree.excerpt(node, 200);
      const weak =
        /^(hashlib\.(md5|sha1)|md5|sha1|(md5|sha1)\.(New|Sum)|MD5\.(Create|HashData)|SHA1\.(Create|HashData)|Digest\.(MD5|SHA1)\.\w+)$/.test(
          name,
        ) ||
        /^(crypto\.)?createHash\(\s*['"](md5|sha1)['"]|^MessageDigest\.getInstance\(\s*"(MD5|SHA-?1)"|^hash\(\s*['"](md5|sha1)['"]|^hashlib\.new\(\s*['"](md5|sha1)['"]/i.test(
          text,
        );
      const unit = unitOf(context, node)?.name ?? '';
      return (
        weak &&
        !asksForHash.test(unit) &&
        /pass(word|wd|phrase)|pwd|credential/i.test(`${unit} ${statementText(tree, node)}`)
      );
    },
  },
  {
    rule: 'predictable-token',
    kinds: ['call'],
    callee:
      /^(Math\.random|random\.(random|randint|choice|choices|randrange|sample|getrandbits)|rand|mt_rand|rand\.(Intn?|Int63n?)|Random\.rand|rng\.Next)$/,
    test: (context, node) => {
      const { tree } = context;
      if (isSoundSource(tree, node)) return false;
      const around = `${unitOf(context, node)?.name ?? ''} ${statementText(tree, node)}`;
      return /token|secret|passw|otp\b|nonce|salt|session_?id|csrf|api_?key|verification_?code/i.test(
        around.replace(/([a-z])([A-Z])/g, '$1_$2'),
      );
    },
  },
  {
    rule: 'hard-coded-secret',
    kinds: ['string'],
    needs: /pass|pwd|secret|token|api_?key|private_?key|encryption_?key/i,
    test: isNamedSecret,
  },
  {
    rule: 'live-secret',
    kinds: ['string'],
    test: ({ tree }, node) => {
      if (tree.stop[node]! - tree.start[node]! < shortestKey) return false;
      const text = stringText(tree, node, 300);
      return providerKey.test(text) && !/EXAMPLE|x{6}|0{8}|1234567890abcdef/i.test(text);
    },
  },
];

/** `case 'no-verify':`: whoever connects asked for it. */
function isChosen(tree: SyntaxTree, node: number): boolean {
  let up = tree.above(node, 'if', 'case', 'function');
  for (let level = 0; up >= 0 && level < 3 && tree.kind(up) !== 'function'; level += 1) {
    const asked = tree.field(up, 'condition', 'value');
    if (asked >= 0 && /no-?_?verify|insecure|unverified/i.test(tree.excerpt(asked, 100)))
      return true;
    up = tree.above(up, 'if', 'case', 'function');
  }
  return false;
}

/** Characters of the shortest key below. */
const shortestKey = 20;
const providerKey =
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20}\b|\bxox[abprs]-[\w-]{20,}|\b[sr]k_live_[0-9A-Za-z]{20,}|\bAIza[\w-]{35}\b|-----BEGIN ([A-Z]+ )?PRIVATE KEY-----|\bsk-(ant-|proj-)?[\w-]{32,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{36}\b/;

function statementText(tree: SyntaxTree, node: number): string {
  let at = node;
  for (let up = 0; at >= 0 && up < 30 && !tree.isStatement(at); up += 1) at = tree.parentOf(at);
  return at < 0 ? '' : tree.excerpt(at, 300);
}

function isShellCommand({ tree }: Context, node: number): boolean {
  const name = fullName(tree, node);
  if (subprocesses.test(name)) {
    return /shell\s*=\s*True/.test(tree.excerpt(node, 500)) && firstIsDynamic(tree, node);
  }
  if (!shells.test(name) || (name === 'exec' && tree.table.language === 'python')) return false;
  const first = argumentNodes(tree, node)[0] ?? -1;
  if (first < 0 || !isDynamic(tree, first) || isHarmless(tree, node, first)) return false;
  // A plain variable may hold anything; only a command put together here is certain.
  return tree.kind(first) !== 'identifier' || /^os\.|system|shell/.test(name);
}

const quotes = /\b(escapeshellarg|escapeshellcmd|shlex\.quote|shellescape|Shellwords)\b/;

/** Quoted, a number, or given to no shell. */
function isHarmless(tree: SyntaxTree, node: number, command: number): boolean {
  return (
    onlyNumbers(tree, command) ||
    quotes.test(tree.excerpt(command, 400)) ||
    isWithoutShell(tree, node)
  );
}

/** Ruby's `system(program, argument)`: no shell reads the arguments. */
function isWithoutShell(tree: SyntaxTree, node: number): boolean {
  const nodes = argumentNodes(tree, node).filter((one) => tree.type(one) !== 'pair');
  return tree.table.language === 'ruby' && nodes.length > 1;
}

/** `kill -9 #{pipe.pid}`: nothing but numbers is put in. */
function onlyNumbers(tree: SyntaxTree, node: number): boolean {
  let values = 0;
  for (let at = node; at < tree.endOf(node); at += 1) {
    if (tree.kind(at) !== 'interpolation') continue;
    values += 1;
    if (!/(\bpid|\bport|\.to_i|\.size|\.length|\.count)\s*\}$/.test(tree.excerpt(at, 200)))
      return false;
  }
  return values > 0;
}

const placeholder =
  /^(\W*|.*(…|\.\.\.|example|changeme|change_me|your[-_ ]|placeholder|dummy|sample|<.*>|\$\{|\{\{|%\(|xxx|\*\*\*|todo|redacted|none|null|undefined|test|fake|mock|password|secret|token|foo|bar).*)$/i;
const secretName =
  /(^|[_.-])(pass(word|wd|phrase)?|pwd|secret(_?key)?|api_?key|apikey|auth_?token|access_?token|token|private_?key|client_?secret|encryption_?key|db_?pass(word)?)$/i;

/** A literal bound to a name that promises a credential. */
function isNamedSecret({ tree }: Context, node: number): boolean {
  const target = boundTo(tree, node);
  if (target < 0) return false;
  const name = tree
    .excerpt(target, 80)
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/^["'$@]+|["']+$/g, '');
  const value = stringText(tree, node, 200);
  if (
    !secretName.test(name) ||
    !secretWords.test(name) ||
    placeholder.test(value) ||
    /\s|^https?:|^[/.]|^[A-Z_]+$|^[a-z]+([-_. ][a-z]+)*$|^[a-z]+([A-Z][a-z]+)+$/.test(value)
  )
    return false;
  return value.length >= 6 && value.length <= 200 && entropy(value) >= 2.3;
}

/** What a literal is the value of, or -1; how Go's fields are called in data is none. */
function boundTo(tree: SyntaxTree, node: number): number {
  const parent = tree.parentOf(node);
  const isPart = tree.kind(parent) === 'binary' || tree.kind(parent) === 'call';
  if (isPart || tree.fieldName(node) === 'tag') return -1;
  const target = tree.field(parent, 'name', 'left', 'key', 'pattern', 'declarator');
  return target === node ? -1 : target;
}

/** Shannon entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values())
    sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}
