import { languageTables } from './languages/tables.ts';
import type { LanguageTable } from './languages/language-table.ts';
import type { Grammars } from './grammars.ts';
import { withoutLongComments } from './long-comments.ts';
import { SyntaxTree } from './syntax-tree.ts';

/** The WebAssembly module of this thread is dead: the worker has to be replaced. */
class WasmAborted extends Error {
  override readonly name = 'WasmAborted';
}

/**
 * Progress calls granted per parse, by the character reached. The parser reports about once in 100
 * steps, so this is work, not time: the same input stops at the same place on any machine. Real code
 * needs at most 0.012 calls a character; dense fragments need 0.03, which is granted at the start only.
 * Text that keeps many readings open needs 0.06 and more, and has to be stopped early: `(a<b,` in C#
 * takes 75 kB of memory a call. Mending errors can take ever longer a call (`-->-->` without end);
 * that is work the calls don't show, and is left to the request's deadline.
 */
const budget = { base: 60, start: 100_000, atStart: 0.03, later: 0.02 };
/** The parser counts in bytes of UTF-16. */
const bytesPerCharacter = 2;

function callsGranted(reached: number): number {
  const atStart = Math.min(reached, budget.start);
  return budget.base + atStart * budget.atStart + (reached - atStart) * budget.later;
}

const plain: LanguageTable = {
  language: 'python',
  grammar: '',
  kinds: { comment: 'comment' },
  statements: '',
  logical: '',
  closuresAreUnits: false,
  builtins: '',
  visibility: 'underscore',
};

/** Table of a language; languages without one get a table that knows comments only. */
function tableOf(language: string): LanguageTable {
  return Object.hasOwn(languageTables, language)
    ? languageTables[language as keyof typeof languageTables]
    : plain;
}

/**
 * Parses a text into a plain tree, or null when there is no grammar or the budget ran out.
 * @throws WasmAborted when the parser's memory is exhausted
 */
export function parseSource(
  source: string,
  language: string,
  grammars: Grammars,
): SyntaxTree | null {
  const parser = grammars.parser(language);
  if (parser === null) return null;
  let calls = 0;
  try {
    const readable = language === 'python' ? withoutLongComments(source) : source;
    const tree = parser.parse(readable, null, {
      progressCallback: ({ currentOffset }) => {
        calls += 1;
        return calls > callsGranted(currentOffset / bytesPerCharacter);
      },
    });
    if (tree === null) {
      parser.reset();
      return null;
    }
    try {
      return new SyntaxTree(tree, source, tableOf(language));
    } finally {
      tree.delete();
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'RuntimeError') {
      throw new WasmAborted('the parser ran out of memory', { cause: error });
    }
    throw error;
  }
}

/** Share of characters under syntax errors, 0 to 1; a missing token counts as one character. */
export function errorShareOf(tree: SyntaxTree): number {
  let broken = tree.missing.length;
  for (let node = 0; node < tree.size;) {
    if (tree.isError(node)) {
      broken += (tree.stop[node] ?? 0) - (tree.start[node] ?? 0);
      node = tree.endOf(node);
    } else {
      node += 1;
    }
  }
  return tree.source.length === 0 ? 0 : Math.min(1, broken / tree.source.length);
}
