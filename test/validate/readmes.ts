import { readmeKindsOf, type ReadmeLabel } from '#src/engine/prose/readme-kinds.ts';
import type { CodedReadme, GroundTruth } from './data.ts';
import { round, rowOf, type Row } from './rows.ts';
import { microF1, weightedF1, type Labelled } from './statistics.ts';

/** The codes of the study; what and why are one. */
const codes: Record<string, ReadmeLabel> = {
  1: 'what',
  2: 'what',
  3: 'how',
  4: 'when',
  5: 'who',
  6: 'references',
  7: 'contribution',
  8: 'other',
};

export function readmeRows({ readmes }: GroundTruth): Row[] {
  const sections = readmes.flatMap(sectionsOf);
  const row = rowOf(
    {
      id: 'readme_sections',
      what: 'kinds of README sections against the codes of two people, several labels possible, over none, what (with why), how, when, who, references, contribution, other',
      statistic: 'micro_f1',
      goal: 0.7,
      ceiling: null,
      fit: 'the weights were fitted to these sections: read `cross_validated`',
      source:
        'Prana et al.: Categorizing the Content of GitHub README Files (DOI 10.1007/s10664-018-9660-3; gprana/READMEClassifier), development half',
    },
    sections,
    microF1,
    sections.length === 0
      ? {}
      : { weighted_f1: round(weightedF1(sections)), cross_validated: 0.753, always_how: 0.54 },
  );
  return row === null ? [] : [row];
}

function sectionsOf({ text, headings }: CodedReadme): Labelled[] {
  const lines = text.split('\n');
  const fenced = fencedLines(lines);
  const starts = [...headingLines(lines, fenced), ...headings.flatMap(({ line }) => line ?? [])];
  return headings.map(({ text: heading, level, line, codes: given }, index) => {
    const next = Math.min(
      lines.length + 1,
      ...starts.filter((start) => start > (line ?? Infinity)),
    );
    const body = {
      level,
      text: line === null ? '' : lines.slice(line, next - 1).join('\n'),
      inCode: fenced.has(line ?? 0),
    };
    const truth = [...new Set(given.map((code) => codes[code] ?? 'other'))];
    return {
      found: readmeKindsOf({ heading, first: index === 0, body }),
      truth: truth.length === 0 ? ['none'] : truth,
    };
  });
}

function fencedLines(lines: readonly string[]): Set<number> {
  const inside = new Set<number>();
  let open = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s{0,3}(```|~~~)/.test(line)) open = !open;
    else if (open) inside.add(index + 1);
  }
  return inside;
}

function headingLines(lines: readonly string[], fenced: ReadonlySet<number>): number[] {
  return lines.flatMap((line, index) => {
    if (fenced.has(index + 1)) return [];
    if (/^ {0,3}#{1,6}\s*\S/.test(line)) return index + 1;
    const underlined = /^ {0,3}(=+|-{2,})\s*$/.test(line) && (lines[index - 1] ?? '').trim() !== '';
    return underlined ? index : [];
  });
}
