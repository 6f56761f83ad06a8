import { argumentNodes, type Call } from '../calls.ts';
import type { Context } from './context.ts';

/**
 * A reader or writer of Java around one that is open: `new Scanner(System.in)`, `new BufferedReader(reader)`. Making it
 * cannot fail; a scanner or writer that is given a file opens that.
 */
export function wrapsStream({ tree }: Context, node: number, { name, qualifier }: Call): boolean {
  if (tree.table.language !== 'java' || qualifier !== null) return false;
  if (name === 'BufferedReader') return true;
  const first = argumentNodes(tree, node)[0];
  if (first === undefined || !/^(Scanner|PrintWriter)$/.test(name)) return false;
  return /^(System\.(in|out|err)|new \w+(Reader|Writer|Stream)\(|.*\.get(In|Out)putStream\(\))/.test(
    tree.excerpt(first, 120),
  );
}
