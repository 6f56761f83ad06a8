/** Comment lines in a row that the parser gets to see. */
const linesInARow = 100;

/**
 * The same text, equally long, with whatever comment lines follow a hundred others blanked. Python's
 * scanner looks through all comment lines ahead at each of them, to find the indentation after them:
 * 20,000 in a row would take it a minute.
 */
export function withoutLongComments(source: string): string {
  if (!hasLongRun(source)) return source;
  let run = 0;
  const lines = source.split('\n').map((line) => {
    if (line.trim() === '') return line;
    run = isComment(line) ? run + 1 : 0;
    return run > linesInARow ? ' '.repeat(line.length) : line;
  });
  return lines.join('\n');
}

function hasLongRun(source: string): boolean {
  let run = 0;
  for (const line of source.split('\n')) {
    if (line.trim() === '') continue;
    run = isComment(line) ? run + 1 : 0;
    if (run > linesInARow) return true;
  }
  return false;
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}
