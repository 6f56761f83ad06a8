import { argumentNodes, callAt, receiverAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { isDynamic, sourceHolds, type Context, type Detector } from '../context.ts';
import { flat, isShown } from './shapes.ts';
import { bindingsOf } from './name-index.ts';
import { isBuilt, isCleaned, isFromRequest } from './taint.ts';

/** Calls that take a path, by what they are called. */
const fileSinks =
  /^(open|io\.open|send_file|sendFile|(System\.IO\.)?File\.(read|open|new|readlines|ReadAllText|ReadAllBytes|ReadAllLines|OpenRead|OpenText|Delete|delete|WriteAllText|WriteAllBytes)|IO\.read|fs(\.promises)?\.(readFile|readFileSync|createReadStream|writeFile|writeFileSync|unlink|unlinkSync)|readFile|readFileSync|createReadStream|res(ponse)?\.(sendFile|download)|os\.(Open|ReadFile|Remove|remove|unlink)|ioutil\.ReadFile|http\.ServeFile|file_get_contents|readfile|fopen|unlink|move_uploaded_file|Paths\.get|Path\.of|Files\.(readString|readAllBytes|newInputStream|lines)|new_File|File|FileInputStream|FileReader|PhysicalFile|flask\.send_file)$/;
export const pathCleaners =
  /basename|secure_filename|realpath|startsWith|starts_with|startswith|normalize|filepath\.(Clean|Base|Rel)|GetFileName|safe_join|sanitize|allowlist|whitelist|send_from_directory|is_relative_to|resolve\(\)|getCanonicalPath|new File\([^()]*\)\.getName|in_array|\.includes\(|\.has\(|\bin ALLOWED/i;

/** The address that is asked for, put behind the name of a folder. */
const addressOfRequest =
  /^[^,]*(\+|,)\s*_?req(uest)?\.(url|path|originalUrl)\b|\$\{_?req(uest)?\.(url|path|originalUrl)\}/;

/** The path that a call or PHP's `include` opens, or -1. */
function pathOpened(tree: SyntaxTree, node: number): number {
  if (tree.kind(node) === 'import') return tree.table.language === 'php' ? node : -1;
  const name = fullName(tree, node);
  // In C# `File` answers with a stream or bytes.
  if (name === 'File' && tree.table.language === 'csharp') return -1;
  const place = name.endsWith('ServeFile') ? 2 : Number(name === 'move_uploaded_file');
  return argumentNodes(tree, node)[place] ?? -1;
}

const shellOption = /["'](\/bin\/)?(ba|z)?sh["'].{0,20}["']-c["']/;

/** What `sh -c` is told to run in a list of arguments or a chain of them, or -1. */
function shellText(tree: SyntaxTree, node: number): number {
  if (!shellOption.test(tree.excerpt(node, 300))) return -1;
  const end = Math.min(tree.endOf(node), node + 200);
  let isNext = false;
  for (let at = node; at < end; at += 1) {
    if (tree.kind(at) === 'string' && /^["']-c["']$/.test(tree.excerpt(at, 6))) isNext = true;
    else if (
      isNext &&
      /^(identifier|binary|call|string)$/.test(tree.kind(at) ?? '') &&
      tree.text(at) !== 'arg' &&
      tree.excerpt(at, 2) !== '-c'
    )
      return at;
  }
  return -1;
}

const redirects =
  /^((res|response|ctx|reply)\.(redirect|sendRedirect)|redirect|redirect_to|http\.Redirect|Redirect|HttpResponseRedirect|header|c\.Redirect|RedirectResponse|location\.(assign|replace))$/;
const redirectCleaners =
  /IsLocalUrl|url_has_allowed_host|is_safe_url|startsWith|startswith|starts_with|urlparse|URI\.parse|new URL\(|allowlist|whitelist|ALLOWED|includes\(|in_array|is_local/i;

/** Where a redirect leads, or -1 when it is none or stays inside. */
function redirectedTo(tree: SyntaxTree, node: number): number {
  const name = fullName(tree, node);
  const nodes = argumentNodes(tree, node);
  const [first, second, third] = nodes;
  if (name === 'header')
    return /^header\(\s*["']location:/i.test(tree.excerpt(node, 40)) ? (first ?? -1) : -1;
  const status = first !== undefined && nodes.length === 2 && tree.kind(first) === 'number';
  const target = name === 'http.Redirect' ? third : status ? second : first;
  if (target === undefined) return -1;
  const text = tree.excerpt(target, 60);
  return /^(url_for|reverse|f?["'`])|^\w+_(path|url)\b/.test(text) ? -1 : target;
}

const recordMade = /^([A-Z][\w:]*|.*\w\.)\.?(new|build|find\w*[!?]?|create!?|where)\b/;

/** `redirect_to @user`: Rails makes the address of a record, whatever its fields are. */
function isRecord(context: Context, node: number): boolean {
  const { tree } = context;
  if (tree.table.language !== 'ruby' || !/^@?\w+$/.test(tree.excerpt(node, 60))) return false;
  return bindingsOf(context, node, tree.text(node)).some(
    ({ value }) => value >= 0 && recordMade.test(tree.excerpt(value, 120)),
  );
}

const requests =
  /^(requests\.(get|post|put|head|request)|(urllib\.request\.)?urlopen|fetch|axios(\.(get|post|request))?|http\.(Get|Post|get)|https\.get|got(\.get)?|needle|superagent\.get|HTTParty\.get|Net\.HTTP\.get|URI\.open|Faraday\.get|httpx\.get|curl_init|WebClient|client\.(GetAsync|GetStringAsync))$/;

const answers =
  /^(res|response|ctx|reply)\.(send|write|end)$|^(fmt\.Fprintf?|io\.WriteString)$|^(response|resp)\.getWriter\(\)\.(print|println|write)$|^out\.(print|println)$|^(HttpResponse|Markup|mark_safe|Content|make_response|raw|print)$/;
const escapes =
  /escape|sanitize|encode|htmlspecialchars|htmlentities|DOMPurify|bleach|strip_tags|xss|template\.HTMLEscape|intval|Number\(|parseInt|\bint\(|esc_html/i;

function answersMarkup(context: Context, node: number): boolean {
  const { tree } = context;
  const name = fullName(tree, node);
  if (isCleaned(context, node, escapes)) return false;
  const nodes = argumentNodes(tree, node);
  const text = flat(tree, node, 600);
  const marked = /^(Markup|mark_safe|raw)$/.test(name) || /<\/?[a-zA-Z!][^>]*>/.test(text);
  return marked && nodes.some((one) => isDynamic(tree, one) && isFromRequest(context, one));
}

/** `return f"<h1>{name}</h1>"` of a page. */
function returnsMarkup(context: Context, node: number): boolean {
  const { tree } = context;
  const value = tree.namedChildren(node)[0] ?? -1;
  if (value < 0 || !/^(string|binary|call)$/.test(tree.kind(value) ?? '')) return false;
  const text = flat(tree, value, 600);
  if (
    !/<\/?[a-zA-Z][^>]*>/.test(text) ||
    !/^[frFR$"'`@]/.test(text) ||
    isCleaned(context, node, escapes)
  )
    return false;
  return isDynamic(tree, value) && isFromRequest(context, value);
}

/** What is written is a text or data and no page. */
const otherThanMarkup = /content-type:\s*(text\/(plain|csv)|application\/)/i;

/** React's way to set markup as it is. */
function setsMarkup(context: Context, node: number): boolean {
  const text = flat(context.tree, node, 400);
  return (
    /^dangerouslySetInnerHTML=\{\{ ?__html: ?[\w.[\]]+ ?\}\}$/.test(text) &&
    !isCleaned(context, node, escapes)
  );
}

/** Calls that take markup as it is. */
function insertsMarkup(context: Context, node: number): boolean {
  const { tree } = context;
  const { name } = callAt(tree, node);
  const nodes = argumentNodes(tree, node);
  if (name === 'html_safe' || name === 'raw')
    return (
      tree.table.language === 'ruby' &&
      (/\bparams\[/.test(tree.excerpt(node, 300)) || marksBuiltSafe(flat(tree, node, 300)))
    );
  const inserted = name === 'insertAdjacentHTML' ? nodes[1] : nodes[0];
  if (inserted === undefined) return false;
  if (name === 'insertAdjacentHTML')
    return isDynamic(tree, inserted) && !isCleaned(context, node, escapes);
  return (
    /^(Html\.Raw|template\.HTML)$/.test(fullName(tree, node)) && isFromRequest(context, inserted)
  );
}

/** `"<b>#{name}</b>".html_safe` */
function marksBuiltSafe(text: string): boolean {
  const [, built] = /^"(.*)"\.html_safe$/.exec(text) ?? [];
  const values = built?.match(/#\{[^}]*\}/g) ?? [];
  return values.some(
    (value) =>
      !/\bh[( ]|escape|sanitize|_tag\b|link_to|\bt\(|I18n|\.(id|to_i|count|size)\b/.test(value),
  );
}

const dispatchers =
  /^(send|public_send|__send__|constantize|const_get|call_user_func|call_user_func_array|create_function|getattr|safe_constantize|instance_variable_get|method)$/;

const dispatchCleaners = /whitelist|allowlist|ALLOWED|permitted|include\?|in_array|\bin \w+:/i;

/** What tells a dispatching call what to call, or -1. */
function chosenBy(tree: SyntaxTree, node: number): number {
  const { name } = callAt(tree, node);
  if (name.endsWith('constantize')) return receiverAt(tree, node);
  if (/^(send|method)$/.test(name) && tree.table.language !== 'ruby') return -1;
  return argumentNodes(tree, node)[name === 'getattr' ? 1 : 0] ?? -1;
}

export const injectionDetectors: Detector[] = [
  {
    rule: 'shell-command',
    kinds: ['call', 'new'],
    method:
      /^(Command|CommandContext|arg|args|ProcessBuilder|spawn|spawnSync|execFile|execFileSync|run|call|Popen|check_output|check_call|exec)$/,
    needs: shellOption,
    test: (context, node) => {
      const command = shellText(context.tree, node);
      return command >= 0 && isBuilt(context, command);
    },
  },
  {
    rule: 'path-from-request',
    kinds: ['call', 'new', 'import'],
    callee: fileSinks,
    test: (context, node) => {
      const path = pathOpened(context.tree, node);
      if (path < 0 || isCleaned(context, node, pathCleaners)) return false;
      return addressOfRequest.test(context.tree.excerpt(path, 200)) || isFromRequest(context, path);
    },
  },
  {
    rule: 'open-redirect',
    kinds: ['call'],
    callee: redirects,
    test: (context, node) => {
      const target = redirectedTo(context.tree, node);
      return (
        target >= 0 &&
        !isCleaned(context, node, redirectCleaners) &&
        !isRecord(context, target) &&
        isFromRequest(context, target)
      );
    },
  },
  {
    rule: 'request-forgery',
    kinds: ['call', 'new'],
    callee: requests,
    test: (context, node) => {
      const { tree } = context;
      const first = argumentNodes(tree, node)[0];
      if (first === undefined || isCleaned(context, node, redirectCleaners)) return false;
      return (
        !/^[f$]?["'`](https?:\/\/|\/)[\w.-]/.test(tree.excerpt(first, 40)) &&
        isFromRequest(context, first)
      );
    },
  },
  { rule: 'html-injection', kinds: ['call'], callee: answers, test: answersMarkup },
  { rule: 'html-injection', kinds: ['return'], test: returnsMarkup },
  {
    rule: 'html-injection',
    kinds: ['type:echo_statement', 'type:print_intrinsic'],
    test: (context, node) =>
      !isCleaned(context, node, escapes) &&
      !sourceHolds(context.tree, otherThanMarkup) &&
      isFromRequest(context, node) &&
      !/\$_SERVER\b/.test(context.tree.excerpt(node, 300)),
  },
  {
    rule: 'html-injection',
    kinds: ['type:expression_statement'],
    needs: /<\?=/,
    test: (context, node) =>
      isShown(context.tree, node) &&
      !escapes.test(context.tree.excerpt(node, 600)) &&
      isFromRequest(context, node) &&
      !/\$_SERVER\b/.test(context.tree.excerpt(node, 300)),
  },
  { rule: 'html-injection', kinds: ['type:jsx_attribute'], test: setsMarkup },
  {
    rule: 'html-injection',
    kinds: ['call'],
    method: /^(html_safe|raw|insertAdjacentHTML|Raw|HTML)$/,
    test: insertsMarkup,
  },
  {
    rule: 'dynamic-dispatch',
    kinds: ['call'],
    method: dispatchers,
    test: (context, node) => {
      const chosen = chosenBy(context.tree, node);
      return (
        chosen >= 0 && isFromRequest(context, chosen) && !isCleaned(context, node, dispatchCleaners)
      );
    },
  },
  {
    rule: 'dynamic-dispatch',
    kinds: ['call'],
    method: /^extract$/,
    test: (context, node) =>
      context.tree.table.language === 'php' &&
      /^extract\(\s*\$_(GET|POST|REQUEST|COOKIE)\b/.test(context.tree.excerpt(node, 60)),
  },
  {
    rule: 'mass-assignment',
    kinds: ['call'],
    method:
      /^(new|create|create!|update|update!|update_attributes|assign_attributes|insert|permit!)$/,
    test: ({ tree }, node) =>
      tree.table.language === 'ruby' &&
      /\(\s*params(\[:\w+\])?(\.to_unsafe_h)?\s*\)$|^params\b.*\.permit!$/.test(
        flat(tree, node, 200),
      ),
  },
  {
    rule: 'dynamic-code',
    kinds: ['call'],
    method: /^(set(?:Timeout|Interval)|render_template_string|__import__|import_module|eval|open)$/,
    test: runsText,
  },
];

/** Text that a library runs as code. */
function runsText(context: Context, node: number): boolean {
  const { tree } = context;
  const first = argumentNodes(tree, node)[0];
  if (first === undefined) return false;
  const name = fullName(tree, node).replace(/^(window|globalThis|flask)\./, '');
  if (/^set(?:Timeout|Interval)$/.test(name))
    return tree.kind(first) !== 'identifier' && isBuilt(context, first);
  if (name === 'render_template_string')
    return isBuilt(context, first) || isFromRequest(context, first);
  const loads = /^(__import__|importlib\.import_module|Kernel\.eval|engine\.eval)$/.test(name);
  const opens = tree.table.language === 'ruby' && name === 'open';
  return (loads || opens) && isFromRequest(context, first);
}
