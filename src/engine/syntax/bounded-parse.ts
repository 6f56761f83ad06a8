import type { Parser, Tree } from 'web-tree-sitter';
import { addressOf, runtime } from './tree-sitter-runtime.ts';

/**
 * A parse whose work is bounded by counting, never by time: the same text stops at the same place on
 * any machine. Three things are counted.
 *
 * Progress calls, by the character reached. The parser reports once in 100 steps. Real code needs at
 * most 0.012 calls a character; dense fragments need 0.03, which is granted at the start only. Text that
 * keeps many readings open needs 0.06 and more, and has to be stopped early: `(a<b,` in C# takes 75 kB
 * of memory a call.
 *
 * Characters read. A comment that nobody closes is read to its end each time a reading tries it.
 *
 * Tokens made up without a break, which mends an error. Each costs as much as all before it in the row, which the calls don't
 * show: 18 kB of `-->` would take Python's parser 15 s. Only its log tells of them, and that makes
 * parsing seven times slower. So it is on for a few messages in 32 calls, longer where they tell of an error, and as
 * long as many are mended; never in a text that is soon done.
 */
const budget = { base: 60, start: 100_000, atStart: 0.03, later: 0.02 };
/** Characters handed out at once; pieces granted to any text, and for each piece that it has. */
const reading = { piece: 512, base: 2000, each: 4 };
/**
 * In progress calls, and in messages of a look. The messages of one mended error are 40 to 70, a third of them on
 * errors. A thousand mended errors in a row take up to 0.7 s.
 */
const watch = { from: 40, every: 32, look: 64, dense: 4, mendedInARow: 600 };
const onErrors = /^(detect_error|resume|recover|skip_token)/;
/** The parser counts in bytes of UTF-16. */
const bytesPerCharacter = 2;

function callsGranted(reached: number): number {
  const atStart = Math.min(reached, budget.start);
  return budget.base + atStart * budget.atStart + (reached - atStart) * budget.later;
}

/** @returns null when the text takes more work than is granted */
export function boundedParse(parser: Parser, text: string): Tree | null {
  const { ts_parser_enable_logger_wasm: enableLogger } = runtime();
  const address = addressOf(parser);
  let calls = 0;
  let piecesLeft = reading.base + (reading.each * text.length) / reading.piece;
  // A parse begins with its log on.
  let messagesLeft = 1;
  let tellsOfErrors = false;
  let mended = 0;
  let inARow = 0;
  let refused = false;
  // To run out looks like the end of the text, so that the parser comes to its next call at once.
  const read = (index: number) => {
    piecesLeft -= 1;
    return piecesLeft < 0 ? '' : text.slice(index, index + reading.piece);
  };
  const log = (message: string) => {
    if (message.startsWith('recover_with_missing')) mended += 1;
    tellsOfErrors ||= onErrors.test(message);
    messagesLeft -= 1;
    if (messagesLeft === 0 && !tellsOfErrors) enableLogger(address, 0);
  };
  const progressCallback = ({ currentOffset }: { currentOffset: number }) => {
    calls += 1;
    const isDense = mended >= watch.dense;
    // Before the first look at a row nobody counted: it is taken for as long as the time between two.
    inARow = isDense ? inARow + mended * (inARow === 0 ? watch.every : 1) : 0;
    mended = 0;
    tellsOfErrors = isDense;
    messagesLeft = watch.look;
    const isLook = calls >= watch.from && (calls - watch.from) % watch.every === 0;
    const isWatched = isDense || isLook;
    enableLogger(address, isWatched ? 1 : 0);
    refused =
      inARow > watch.mendedInARow || calls > callsGranted(currentOffset / bytesPerCharacter);
    return refused || piecesLeft < 0;
  };
  try {
    parser.setLogger(log);
    const tree = parser.parse(read, null, { progressCallback });
    if (!refused && piecesLeft >= 0) return tree;
    tree?.delete();
    return null;
  } finally {
    parser.setLogger(null);
    // Or the next parse would go on with this text.
    parser.reset();
  }
}
