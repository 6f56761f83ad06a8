import { Argument, type Command } from 'commander';
import type { Io } from '../io.ts';

interface Words {
  /** Of a command, with those above it: `candidate show`; '' is the program. */
  path: string;
  words: string[];
}

/** What may follow each command. */
export function wordsOf(command: Command, path = ''): Words[] {
  const commands = command.commands.filter((one) => one.name() !== 'help');
  const options = command.options.flatMap(({ long }) => (long == null ? [] : [long]));
  const own = { path, words: [...commands.map((one) => one.name()), ...options, '--help'] };
  return [own, ...commands.flatMap((one) => wordsOf(one, `${path} ${one.name()}`.trim()))];
}

const shells = {
  bash: (words: Words[]) => `_sono_eval() {
  local words
  case "\${COMP_WORDS[*]:1:COMP_CWORD-1}" in
${cases(words, (path) => (path === '' ? '*' : `"${path}"*`), 'words="%s"')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sono_eval sono-eval
`,
  zsh: (words: Words[]) => `#compdef sono-eval
_sono_eval() {
  local -a found
  case "\${words[*]:1:CURRENT-2}" in
${cases(words, (path) => (path === '' ? '*' : `"${path}"*`), 'found=(%s)')}
  esac
  compadd -a found
  _files
}
compdef _sono_eval sono-eval
`,
  fish: (words: Words[]) =>
    words
      .map(({ path, words: those }) => {
        const seen = path.split(' ').filter((word) => word !== '');
        const when =
          seen.length === 0
            ? '__fish_use_subcommand'
            : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
        return `complete -c sono-eval -n '${when}' -a '${those.join(' ')}'\n`;
      })
      .join(''),
};
type Shell = keyof typeof shells;

/** The longest command first: the pattern of a shorter one would match it, too. */
function cases(words: Words[], pattern: (path: string) => string, set: string): string {
  return words
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(
      ({ path, words: those }) => `    ${pattern(path)}) ${set.replace('%s', those.join(' '))} ;;`,
    )
    .join('\n');
}

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description('a script that completes commands in your shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      '\nFor bash:\n  $ echo \'eval "$(sono-eval completion bash)"\' >> ~/.bashrc\n',
    )
    .action((shell: Shell) => io.out(shells[shell](wordsOf(program))));
}
