import type { FileFacts } from '../facts.ts';
import { numbersIn, type GroundingIndex } from '../prose/grounding.ts';

/** What prose about these files can be grounded in. Numbers of one digit prove nothing. */
export function groundingIndex(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): GroundingIndex {
  const code = files.filter((file) => file.role === 'source' || file.role === 'test');
  const symbols = new Set(code.flatMap((file) => file.symbols));
  const declared = new Set<string>();
  const numbers = new Set<string>();
  const paths = new Set<string>();
  for (const file of files) {
    paths.add(file.path);
    paths.add(file.path.slice(file.path.lastIndexOf('/') + 1));
  }
  for (const file of code) {
    for (const { name } of [...file.functions, ...file.classes, ...file.identifiers]) {
      declared.add(name);
    }
    for (const line of linesOf(file.path)) {
      for (const number of numbersIn(line)) numbers.add(number);
    }
  }
  return { symbols, declared, files: paths, numbers };
}
