import type { CommentFacts, FileFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { rememberAll } from '../memoize.ts';
import { sum } from '../numbers.ts';
import type { Rubric } from '../rubric.ts';
import { fluencyOf, orderOfAll, wordOrderOf, type WordOrder } from './fluency.ts';
import { proseFault, type ProseFault } from './genuine.ts';
import { contentStems, type GroundingIndex } from './grounding.ts';
import { couplesOf, couplesWith, relatedShare, type Couples } from './said.ts';
import { wordsOf } from './sentences.ts';

/** What the texts of comments say by themselves, whatever they stand on. */
interface CommentTexts {
  /** Without what is declared to tools. */
  told: (text: string) => string;
  words: (text: string) => readonly string[];
  /** Without tags and examples. */
  plain: (text: string) => string;
  /** And without what is left of a tag that says nothing, which is no sentence. */
  prose: (text: string) => string;
  fault: (text: string) => ProseFault | null;
  order: (text: string) => WordOrder;
  /** Stems of its words that could not be said of anything. */
  own: (text: string) => ReadonlySet<string>;
  /** Words of the code in it that stand together there. */
  couples: (text: string) => Couples;
}

const texts = new WeakMap<GroundingIndex, CommentTexts>();

/** Each question is answered once for a text of a submission: several criteria ask, and a doc block is in two lists. */
export function commentTexts(index: GroundingIndex, rubric: Rubric): CommentTexts {
  const known = texts.get(index);
  if (known) return known;
  const plain = rememberAll((text: string) => withoutTags(withoutExamples(text)));
  const prose = rememberAll((text: string) =>
    plain(text).replaceAll(/^[^\p{L}\d_\n]*\w*[^\p{L}\d_\n]*$/gmu, ''),
  );
  const own = rememberAll((text: string) => contentStems(prose(text), rubric));
  const made: CommentTexts = {
    told: rememberAll((text) => text.replaceAll(declaring, '')),
    words: rememberAll(wordsOf),
    plain,
    prose,
    fault: rememberAll((text) => proseFault(prose(text), rubric, 'doc')),
    order: rememberAll((text) => wordOrderOf(prose(text))),
    own,
    couples: rememberAll((text) => couplesOf(own(text), [], index.places())),
  };
  texts.set(index, made);
  return made;
}

const fluenciesOf = new WeakMap<GroundingIndex, Map<string, number>>();

/** Of the comments of one kind in a file: what makes them all alike is seen in many sooner than in one. */
export function fluencyOfAll(
  file: FileFacts,
  kind: CommentFacts['kind'],
  { rubric, index }: { rubric: Rubric; index: GroundingIndex },
): number {
  const fluencies = fluenciesOf.get(index) ?? new Map<string, number>();
  fluenciesOf.set(index, fluencies);
  const key = `${kind} ${file.path}`;
  const known = fluencies.get(key);
  if (known !== undefined) return known;
  const units = [...file.functions, ...file.classes];
  const about = new Map(units.flatMap((unit) => (unit.doc ? [[unit.doc, unit] as const] : [])));
  const all = [...new Set([...about.keys(), ...file.comments])].filter((one) => one.kind === kind);
  const read = commentTexts(index, rubric);
  const order = orderOfAll(all.map(({ text }) => read.order(text)));
  const couples = all.flatMap((one) => {
    const unit = about.get(one) ?? innermost(units, one);
    const alone = read.couples(one.text);
    return unit
      ? [alone, couplesWith(read.own(one.text), file.path, unit, index.places())]
      : [alone];
  });
  const related = {
    couples: sum(couples.map((one) => one.couples)),
    related: sum(couples.map((one) => one.related)),
  };
  const fluency =
    fluencyOf(order, rubric, 'fluency_docs') *
    relatedShare({ ...order, ...related }, rubric, { kind: 'related_enough_docs' });
  fluencies.set(key, fluency);
  return fluency;
}

/** The smallest unit around some lines. */
function innermost<T extends LineRange>(
  units: readonly T[],
  { startLine, endLine }: LineRange,
): T | undefined {
  return units
    .filter((unit) => unit.startLine <= startLine && endLine <= unit.endLine)
    .reduce<T | undefined>(
      (least, unit) =>
        least && least.endLine - least.startLine <= unit.endLine - unit.startLine ? least : unit,
      undefined,
    );
}

/** Tags, types and entities, and the names of tags and parameters, are no words of a sentence. */
function withoutTags(text: string): string {
  return text
    .replaceAll(/<\/?[a-zA-Z][^<>\n]*>|\{[^{}\n]*\}|&\w+;/g, ' ')
    .replaceAll(
      /^\s*[@:\\](?:(?:param|arg|tparam|throws|exception|raises)\w*:?\s+\S+|[\w-]+:?)/gm,
      '',
    )
    .replaceAll(/\[[^[\]\n]*\](?!\()/g, ' ');
}

/** Code shown in a doc block: fenced, indented, at a prompt, in `<pre>`, or plainly no sentence. */
function withoutExamples(text: string): string {
  return text
    .replaceAll(/```[\s\S]*?(```|$)|<(pre|code|example)>[\s\S]*?(<\/\2>|$)/g, '')
    .split('\n')
    .filter((line) => !exampleLine.test(line))
    .join('\n');
}

const exampleLine =
  /^(\t| {4,})\S|^\s*(>>>|\.\.\.|\$ |=>|# =>|@example)|[;{}]\s*$|^\s*[)\]}]+[,;]?\s*$|:=|^\s*(import|use|using|from|require|const|let|var|return)\b.*["'(;]|^\s*[\w.:>$-]+\([^)]*\)?;?\s*$|^\s*[\w.$]+\s*=\s*\S/;

/** Tags that declare something to a tool: what follows them is no sentence. */
const declaring =
  /^\s*@(?:method|property|mixin|template|extends|implements|use|var|package|subpackage|author|version|since|covers|group|dataProvider|codeCoverageIgnore|ORM|Assert|Route|Groups|ApiResource|OA|SWG|psalm|phpstan|Tags|Accept|Produce|Success|Failure|Router|Security|Header|Param|ID)\b.*$|@[A-Z][\w\\]*\((?:[^()]|\([^()]*\))*\)/gm;
