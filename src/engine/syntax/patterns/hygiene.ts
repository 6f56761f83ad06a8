import { effectOf } from '../effects.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { stringText, unitOf, type Context, type Detector } from './context.ts';

const printers =
  /^(print|println|console\.(log|debug|info|table|dir)|System\.out\.print(ln|f)?|fmt\.Print(ln|f)?|println!?|print!?|Console\.Write(Line)?|puts|p|pp|printf|std\.cout)$/;
const debuggers =
  /^(breakpoint|pdb\.set_trace|ipdb\.set_trace|var_dump|print_r|dd|dump|dbg|binding\.(pry|irb)|byebug|Debugger\.Break)$/;

/** Rules on what should not stay in code that others read. */
export const hygieneDetectors: Detector[] = [
  {
    rule: 'debug-output',
    kinds: ['call'],
    method: /^(print(ln|f)?!?|log|debug|info|table|dir|Print(ln|f)?|Write(Line)?|puts|p|pp|cout)$/,
    test: (context, node) => {
      const { name, qualifier } = callAt(context.tree, node);
      const full = (qualifier === null ? name : `${qualifier}.${name}`).replaceAll('::', '.');
      if (context.file.role !== 'source' || !printers.test(full)) return false;
      // A story shows by it that something was clicked.
      if (/\.stories\.\w+$/.test(context.file.path)) return false;
      if (effectOf(callAt(context.tree, node), context.tree.table.language) !== 'console')
        return false;
      return (
        !isMeant(context, node) &&
        !/^(main|run|cli|show|display|print|report|usage|help|log|dump|render|output|debug)/i.test(
          unitOf(context, node)?.name ?? 'main',
        )
      );
    },
  },
  {
    rule: 'debugger-left',
    kinds: ['call', 'type:debugger_statement'],
    method: /^(breakpoint|set_trace|var_dump|print_r|dd|dump|dbg|pry|irb|byebug|Break)$/,
    test: (context, node) => {
      const { tree, file } = context;
      if (tree.kind(node) !== 'call') return true;
      const { name, qualifier } = callAt(tree, node);
      const full = qualifier === null ? name : `${qualifier}.${name}`;
      // A script of PHP shows so what it comes to.
      if (/^(print_r|var_dump)$/.test(full) && unitOf(context, node) === null) return false;
      if (/^(dump|dd)$/.test(full) && tree.table.language !== 'php') return false;
      return file.role === 'source' && debuggers.test(full);
    },
  },
  {
    rule: 'absolute-home-path',
    kinds: ['string'],
    test: ({ tree, file }, node) =>
      file.role === 'source' &&
      /home|Users/.test(tree.excerpt(node, 24)) &&
      /^(\/home\/|\/Users\/|[A-Z]:\\{1,2}Users\\{1,2})\w/.test(stringText(tree, node, 60)),
  },
];

/** Printed for whoever uses or runs the program. */
const isMeant = (context: Context, node: number) =>
  isProgram(context) ||
  isOfScript(context, node) ||
  [isMessage, isAskedFor, isOfStart, isOfFailure].some((meant) => meant(context, node));

/** What a script that takes nothing from anywhere hands to its own code at its end: `canvas.subscribe((total) => console.log(total))`. */
function isOfScript({ tree }: Context, node: number): boolean {
  return (
    tree.above(node, 'function') < 0 &&
    !/\brequire\(|^\s*(?:import|from|use|using)\b/m.test(tree.source)
  );
}

/** A sentence is for whoever uses the program. */
function isMessage({ tree }: Context, node: number): boolean {
  const [first] = argumentNodes(tree, node);
  if (first === undefined || tree.kind(first) !== 'string') return false;
  const text = stringText(tree, first, 200).trim();
  return /^[A-Z][\w']*,?(\s+\S+){2,}[.!?]$/.test(text) || startsUp.test(text);
}

/** Says that the program is there, and where. */
const startsUp =
  /\b(listening|running|started|ready|up|available)\b.{0,30}\b(on|at|port)\b|\bhttps?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0|\$\{)|\b(server|app|api|service) (is )?(now )?(running|listening|started|ready)\b|\b(database|mongo\w*|postgres\w*|redis|db) (is )?connected\b|\bconnected to\b/i;

/** `if (debug) print(…)` is switched on by whoever wants it. */
function isAskedFor({ tree }: Context, node: number): boolean {
  for (let up = tree.above(node, 'if', 'function', 'closure'); up >= 0;) {
    if (tree.kind(up) !== 'if') return false;
    const condition = tree.field(up, 'condition');
    if (condition >= 0 && /debug|verbose|trace/i.test(tree.excerpt(condition, 100))) return true;
    up = tree.above(up, 'if', 'function', 'closure');
  }
  return false;
}

/** `.catch((error) => console.log(error))`, `catch (e) { System.out.println(e); }`: tells of a failure. */
function isOfFailure({ tree }: Context, node: number): boolean {
  const around = tree.above(node, 'catch', 'closure', 'function');
  if (around < 0 || tree.kind(around) === 'function') return false;
  if (tree.kind(around) === 'catch') return true;
  const list = tree.parentOf(around);
  const call = list < 0 ? -1 : tree.parentOf(list);
  return call >= 0 && tree.kind(call) === 'call' && callAt(tree, call).name === 'catch';
}

/** `app.listen(port, () => console.log(…))`: says that the server is there. */
function isOfStart({ tree }: Context, node: number): boolean {
  const list = tree.parentOf(tree.above(node, 'closure', 'function'));
  return (
    list >= 0 &&
    tree.kind(tree.parentOf(list)) === 'call' &&
    callAt(tree, tree.parentOf(list)).name === 'listen'
  );
}

/** What reads the arguments or the keys of a console. */
const libraries =
  /spf13\/cobra|urfave\/cli|alecthomas\/kong|["\s]flag"|os\.Args\b|os\.Stdin\b|\bclap\b|structopt|std::env|env::args|io::stdin|picocli|commons\.cli|System\.CommandLine|CommandLineParser|Console\.Read(Line|Key)?\(|Symfony\\Component\\Console|STDIN\b|import typer|from typer|import click|from click|docopt|import fire|OptionParser|\bThor\b|\bgets\b|inquirer|['"]prompts['"]|['"](node:)?readline(\/promises)?['"]|process\.stdin|std::cin|\bscanf\(|\bgetchar\(/;

const programs = new WeakMap<object, boolean>();

/** A command-line program talks to its user by printing. */
export function isProgram(context: Pick<Context, 'tree'>): boolean {
  const known = programs.get(context.tree);
  if (known !== undefined) return known;
  const { source } = context.tree;
  const answer =
    source.startsWith('#!') ||
    libraries.test(source.slice(0, 20_000)) ||
    /__name__\s*==\s*['"]__main__['"]|\bstatic\s+(async\s+)?(void|int|Task)\s+[Mm]ain\s*\(|\bfunc main\(\)|\bfn main\(\)|\bint main\s*\(|process\.argv|sys\.argv|\$argv\b|ARGV\b|argparse|import click|yargs|commander|require\.main|import\.meta\.main|Scanner\(System\.in\)|\binput\(/.test(
      source,
    );
  programs.set(context.tree, answer);
  return answer;
}
