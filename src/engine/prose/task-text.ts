import type { ProseBlock } from './blocks.ts';

/** Speaks to whoever is to do the work, as whoever set the task does. */
const toCandidate =
  /\byour (?:task|job|mission) (?:is|will be) to\b|\byou(?:['’]ll| will| are going to) (?:be )?(?:implement|build|creat|develop|writ)(?:e|ing)\b|\byou (?:have|are (?:asked|required|expected)|have been (?:asked|assigned|tasked)|should(?: be able)?|must) to (?:implement|build|create|develop|write)\b|\bwe(?: would|['’]d) (?:like|love|want) you to\b|\bwe (?:expect|want|ask) you to\b|\b(?:goal|purpose|aim|objective) of this (?:(?:\w+ )?(?:test|exercise|assignment|challenge|task) is to\b|project is to (?:evaluate|assess|test|see how|measure))|\bby the end of this (?:test|exercise|assignment|challenge|task),? you(?:['’]ll| will| should)\b|\b(?:designed|meant|intended) to (?:test|evaluate|assess)\b|\b(?:test|evaluate|assess) (?:your|the candidate['’]?s?) (?:knowledge|skills?|abilit(?:y|ies)|understanding)\b|\bwe(?: will|['’]ll) (?:review|evaluate|assess|be (?:looking|evaluating|reviewing))\b|\bwhat we(?:['’]re| are) looking for\b|\b(?:send|submit|share|email) (?:us\b|your (?:solution|code|submission|repo\w*)\b)|\byou(?:['’]ll| will) be (?:evaluated|judged|assessed)\b|\bthe candidate (?:should|must|will|has to)\b|\byou(?:['’]re| are) free to (?:use|create|choose|make)\b|\bas a candidate\b|\byour submission (?:for|to|will|should|must)\b|\bto simplify (?:the|this) (?:challenge|assignment|test|exercise)\b|\b(?:the|this) (?:challenge|assignment|test|exercise) (?:has a|will be) (?:\w+ ){0,3}(?:scor(?:ed|ing)|evaluated|graded|reviewed)\b|\bfor (?:the )?purposes? of this (?:test|exercise|assignment|challenge|task),? you\b|\buse any (?:programming |web )?(?:language|framework)\b|\b(?:languages?|framework|library|libraries|stack|tools?) (?:of your (?:own )?choice|(?:that )?you(?: like| prefer| want|['’]re comfortable| are comfortable))\b|\byou(?: will)? have (?:(?:up to|about|around) )?\d+ (?:hours?|days?|minutes|weeks?)\b|\b(?:your|the) solution (?:should|must|needs? to|will be)\b|\b(?:push|upload) (?:your|the) (?:code|solution|work)\b|\b(?:should|do not|don['’]t) (?:take|spend) (?:you )?(?:no |not )?(?:more than|about|around)\b|^(?:implement|develop|design) an? \w|^(?:create|write|build) an? (?:\w+ ){0,2}(?:application|app|program|simulat\w+)\b|^provide (?:some |any )?test data\b|\bthis (?:[\w-]+ ){0,2}(?:test|assignment|challenge|exercise) (?:involves|consists of|requires)\b|\bif you(?:['’]re| are) unable to finish\b|\b(?:appreciate|thank you for|thanks for) (?:the|your) time\b.{0,60}\b(?:test|assignment|challenge|exercise)\b/i;

/** Headings under which a task says what is wanted. */
const wanted =
  /^\W*(?:\d+[.)]?\s*)?(?:the |your )?(?:assignment|task|challenge|exercise|problem|mission)s?(?: description| statement)?\W*$|^\W*(?:acceptance|evaluation|assessment|grading) (?:criteria|rules)\b|^\W*(?:(?:minimum|basic|core|functional|technical|non-functional|mandatory|optional|project) )?(?:requirements?|deliverables?)\W*$|^\W*(?:description of the (?:problem|task)|constraints|examples? input(?: (?:and|&) output)?|estimated time\b.*|what we(?:['’]re| are) looking for|what (?:you|needs?) (?:have )?to (?:do|be done)|how (?:we|to|you) (?:will )?(?:evaluate|submit)\w*|submission(?: guidelines?)?|bonus(?: points?)?|nice to haves?|instructions|guidelines|rules)\W*$|\bneeds? to be (?:completed|implemented|done)\b/i;

/** Passages that make a document one with a task in it. */
const leastPassages = 2;

interface Section {
  heading: ProseBlock | null;
  level: number;
  blocks: ProseBlock[];
}

/**
 * The blocks of a document that are the text of the task and not of whoever solved it: sections in which somebody speaks
 * to the candidate, those under the headings of a task, and what stands below them. Empty for a document in which
 * hardly anything speaks so.
 */
export function taskBlocks(blocks: readonly ProseBlock[], text: string): ReadonlySet<ProseBlock> {
  const isTold = ({ kind, text: words }: ProseBlock): boolean =>
    kind !== 'code' && toCandidate.test(words);
  if (blocks.filter(isTold).length < leastPassages) return new Set();
  const found = new Set<ProseBlock>();
  let under = Infinity;
  for (const { heading, level, blocks: own } of sectionsOf(blocks, text)) {
    if (level <= under) under = Infinity;
    const isTask = own.some(isTold) || wanted.test(heading?.text ?? '');
    if (isTask && level > 1) under = Math.min(under, level);
    // Under the title of all of it only what speaks so itself: the rest may be the candidate's.
    const isWhole = under < Infinity;
    for (const block of isWhole ? own : withTitle(own, heading, own.filter(isTold)))
      found.add(block);
  }
  return found;
}

/** A title below which nothing else is left says nothing. */
function withTitle(
  own: readonly ProseBlock[],
  heading: ProseBlock | null,
  ofTask: readonly ProseBlock[],
): readonly ProseBlock[] {
  const isAll = own.every((block) => block === heading || ofTask.includes(block));
  return isAll && ofTask.length > 0 ? own : ofTask;
}

function sectionsOf(blocks: readonly ProseBlock[], text: string): Section[] {
  const lines = text.split('\n');
  const sections: Section[] = [];
  for (const block of blocks) {
    if (block.kind === 'heading') {
      const line = lines[block.startLine - 1] ?? '';
      const marks = /^ {0,3}(#{1,6})/.exec(line)?.[1]?.length;
      const level = marks ?? (/^ {0,3}=/.test(lines[block.startLine] ?? '') ? 1 : 2);
      sections.push({ heading: block, level, blocks: [block] });
      continue;
    }
    if (sections.length === 0) sections.push({ heading: null, level: 1, blocks: [] });
    sections.at(-1)?.blocks.push(block);
  }
  return sections;
}

/** Whether a text speaks to the candidate at all. */
export function speaksToCandidate(text: string): boolean {
  return toCandidate.test(text);
}
