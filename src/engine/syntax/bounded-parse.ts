import type { Parser, Tree } from 'web-tree-sitter';

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
 * parsing seven times slower, so a stretch in 32 is logged, and none of a text that is soon done.
 */
const budget = { base: 60, start: 100_000, atStart: 0.03, later: 0.02 };
/** Characters handed out at once; pieces granted to any text, and for each piece that it has. */
const reading = { piece: 512, base: 2000, each: 4 };
/** In progress calls. A thousand mended errors in a row take up to 0.7 s. */
const watch = { from: 40, every: 32, dense: 4, mendedInARow: 600 };
/** The parser counts in bytes of UTF-16. */
const bytesPerCharacter = 2;

function callsGranted(reached: number): number {
  const atStart = Math.min(reached, budget.start);
  return budget.base + atStart * budget.atStart + (reached - atStart) * budget.later;
}

/** @returns null when the text takes more work than is granted */
export function boundedParse(parser: Parser, text: string): Tree | null {
  const { tree, paused, seenDense } = parse(parser, text, watch.every);
  if (tree === null || !paused || !tree.rootNode.hasError) return tree;
  // Sound text has one reading; among errors the pauses move what is mended, so that one is read again
  // without them; logged from end to end where they stand close, else not at all.
  tree.delete();
  return parse(parser, text, seenDense ? 1 : Infinity).tree;
}

/** @param every how many stretches there are to one that is logged; none is, and none paused, with Infinity */
function parse(parser: Parser, text: string, every: number) {
  let calls = 0;
  let piecesLeft = reading.base + (reading.each * text.length) / reading.piece;
  let logged = every === 1;
  let pauseAt = logged || every === Infinity ? Infinity : watch.from;
  let seenDense = false;
  let paused = false;
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
  };
  const progressCallback = ({ currentOffset }: { currentOffset: number }) => {
    calls += 1;
    if (logged) inARow = mended < watch.dense ? 0 : inARow + mended * every;
    seenDense ||= mended >= watch.dense;
    mended = 0;
    refused =
      inARow > watch.mendedInARow || calls > callsGranted(currentOffset / bytesPerCharacter);
    return refused || piecesLeft < 0 || calls >= pauseAt;
  };
  try {
    for (;;) {
      parser.setLogger(logged ? log : null);
      const tree = parser.parse(read, null, { progressCallback });
      if (refused || piecesLeft < 0) {
        tree?.delete();
        return { tree: null, paused: false, seenDense };
      }
      if (tree !== null) return { tree, paused: paused, seenDense };
      paused = true;
      logged = !logged;
      pauseAt = calls + (logged ? 1 : every - 1);
    }
  } finally {
    parser.setLogger(null);
    // Or the next parse would go on with this text.
    parser.reset();
  }
}
