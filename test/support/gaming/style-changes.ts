import type { FileFacts } from '#src/engine/facts.ts';
import type { Attack } from './builders.ts';
import { braces, eachFile, withoutLongTexts } from './changes.ts';

const isScript = ({ language }: FileFacts): boolean => /^(javascript|typescript)$/.test(language);
const inBraces = ({ language }: FileFacts): boolean => braces.has(language);

/** Edits each line that is code and nothing else. */
function eachLine(edit: (line: string) => string, suits: (facts: FileFacts) => boolean): Attack {
  return eachFile(
    withoutLongTexts((text) =>
      text
        .split('\n')
        .map((line) => (/^\s*(\*|\/\/|\/\*|#)/.test(line) ? line : edit(line)))
        .join('\n'),
    ),
    suits,
  );
}

const turned: Record<string, string> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** Habits of writing that say nothing of the code: other ones must not move a score at all. */
export const styleChanges: Record<string, Attack> = {
  'double quotes for single ones': eachLine(
    (line) =>
      /["/]/.test(line) || line.split("'").length % 2 === 0 ? line : line.replaceAll("'", '"'),
    isScript,
  ),
  'stars for slashes around comments of one line': eachFile(
    withoutLongTexts((text) => {
      const lines = text.split('\n');
      const isComment = (at: number): boolean => /^\s*\/\//.test(lines[at] ?? '');
      return lines
        .map((line, at) =>
          isComment(at) &&
          !isComment(at - 1) &&
          !isComment(at + 1) &&
          /^\s*\/\/ [\w ,.;]+$/.test(line)
            ? line.replace(/\/\/ (.*)$/, '/* $1 */')
            : line,
        )
        .join('\n');
    }),
    inBraces,
  ),
  'more brackets around conditions': eachLine(
    (line) => line.replace(/^(\s*if) \(([\w.!]+ [<>=!]+ [\w.]+)\) \{$/, '$1 (($2)) {'),
    inBraces,
  ),
  'blanks inside of brackets': eachLine(
    (line) => line.replaceAll(/\((?=\w)/g, '( ').replaceAll(/(?<=\w)\)/g, ' )'),
    inBraces,
  ),
  'sides of comparisons in the other order': eachLine(
    (line) =>
      line.replace(
        /(if \()([\w.]+) (<|>|<=|>=) ([\w.]+)\)/,
        (_, open: string, left: string, sign: string, right: string) =>
          `${open}${right} ${turned[sign] ?? sign} ${left})`,
      ),
    inBraces,
  ),
  'no braces around the only statement of a branch': eachFile(
    withoutLongTexts((text) =>
      text.replaceAll(
        /^(\s*if \([^\n{}]*\)) \{\n\s*((?:return|throw|break|continue)\b[^\n{}]*)\n\s*\}\n(?!\s*else\b)/gm,
        '$1 $2\n',
      ),
    ),
    ({ language }) => /^(javascript|typescript|java|csharp|cpp)$/.test(language),
  ),
  'imports in the other order': eachFile((text) =>
    text.replaceAll(
      /(?:^(?:import [^\n]*from [^\n]*;|import [\w.*]+;|const [^\n=]* = require\([^\n]*\);|using [\w.]+;)\n){2,}/gm,
      (run) => `${run.trimEnd().split('\n').toReversed().join('\n')}\n`,
    ),
  ),
  'the whole project in a folder': ({ files }) =>
    files.map((file) => ({ ...file, path: `project/${file.path}` })),
  'files in another order': ({ files }) => files.toReversed(),
};
