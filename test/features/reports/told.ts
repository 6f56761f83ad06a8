/** What each format tells of scores and points, read back from its text. */
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';

export interface Told {
  overall: number | null;
  /** By path. */
  paths: Record<string, number | null>;
  /** By number; those that apply. */
  criteria: Record<string, { score: number; points: number[] }>;
}

/** The result itself, without the report's model. */
export function toldByResult({ overall_score, path_scores }: AssessmentResult): Told {
  const criteria = path_scores.flatMap(({ metrics }, path) =>
    metrics.flatMap(({ score, evidence }, index) =>
      score === null
        ? []
        : [[`${path + 1}.${index + 1}`, { score, points: evidence.map(({ points }) => points) }]],
    ),
  );
  return {
    overall: overall_score,
    paths: Object.fromEntries(path_scores.map((path) => [path.path, path.overall_score])),
    criteria: Object.fromEntries(criteria) as Told['criteria'],
  };
}

/** The first findings one by one, and what is left as one sum. */
export function folded(told: Told, most: number, single: (number: string) => number): Told {
  const criteria = Object.entries(told.criteria).map(([number, { score, points }]) => {
    const shown = Math.min(most, single(number));
    const rest = points.slice(shown);
    const sum = Math.round(rest.reduce((total, each) => total + each, 0) * 100) / 100;
    return [number, { score, points: [...points.slice(0, shown), ...(rest.length ? [sum] : [])] }];
  });
  return { ...told, criteria: Object.fromEntries(criteria) as Told['criteria'] };
}

const pathsByTitle: Record<string, string> = {
  Technical: 'technical',
  Design: 'design',
  Collaboration: 'collaboration',
  'Problem solving': 'problem_solving',
  Communication: 'communication',
};
const number = (text: string | undefined) => Number((text ?? 'x').replace('−', '-'));
const scoreOf = (text: string) => (text === 'not judged' ? null : number(text));

export function toldByHtml(page: string): Told {
  const overall = /<span class="number">(.*?)<\/span>/s.exec(page)?.[1];
  const rows = page.matchAll(
    /<li[^>]*>\s*<(?:a href="#\w+"|strong)>([\w ]+)<\/\w+>\s*<span class="value">([\w. ]+)<\/span>/g,
  );
  const told: Told = {
    overall: overall === undefined ? null : number(overall),
    paths: {},
    criteria: {},
  };
  for (const [, title = '', score = ''] of rows)
    told.paths[pathsByTitle[title] ?? title] = scoreOf(score);
  const sections = page.split('<section class="criterion">').slice(1);
  for (const section of sections) {
    const [block = ''] = section.split('</section>');
    const heading =
      /<span class="no">([\d.]+)<\/span> [\w ]+\s*<span class="value">([\d.]+)<\/span>/.exec(block);
    if (heading === null) continue;
    const points = block.matchAll(/<span class="points \w+"\s*>([^<]+)<\/span/g);
    told.criteria[String(heading[1])] = {
      score: number(heading[2]),
      points: Array.from(points, ([, value]) => number(value)),
    };
  }
  return told;
}

export function toldByMarkdown(text: string): Told {
  // What is quoted in a block of code may look like a heading.
  const own = text.replaceAll(/^(`{3,})\n[\s\S]*?\n\1$/gm, '');
  const overall = /^\*\*([\d.]+) of 100\*\*/m.exec(own)?.[1];
  const told: Told = {
    overall: overall === undefined ? null : number(overall),
    paths: {},
    criteria: {},
  };
  for (const [, title = '', score = ''] of own.matchAll(/^## \d ([\w ]+): ([\w. ]+)$/gm))
    told.paths[pathsByTitle[title] ?? title] = scoreOf(score);
  const blocks = own.split(/^### /m).slice(1);
  for (const block of blocks) {
    const [, at = '', score] = /^([\d.]+) [\w ]+: ([\d.]+) \(base/.exec(block) ?? [];
    const points = block.matchAll(/^- ([-+]?[\d.]+) · /gm);
    told.criteria[at] = {
      score: number(score),
      points: Array.from(points, ([, value]) => number(value)),
    };
  }
  return told;
}

/** RFC 4180. */
export function cellsOf(csv: string): string[][] {
  const cells = csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g);
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of cells) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}

export function toldByCsv(csv: string): Told {
  const [header = [], ...rows] = cellsOf(csv);
  const told: Told = { overall: null, paths: {}, criteria: {} };
  for (const row of rows) {
    const cell = (name: string) => row[header.indexOf(name)] ?? '';
    const score = cell('score') === '' ? null : number(cell('score'));
    const level = cell('level');
    const of = level === 'finding' ? cell('number').replace(/\.\d+$/, '') : cell('number');
    if (level === 'submission') told.overall = score;
    else if (level === 'path') told.paths[cell('path')] = score;
    else if (level === 'finding') told.criteria[of]?.points.push(number(cell('points')));
    else if (score !== null) told.criteria[of] = { score, points: [] };
  }
  return told;
}

interface SarifRun {
  results: { properties: { number: string; points: number } }[];
  properties: {
    overall_score: number | null;
    paths: { path: string; score: number | null; criteria: { score: number | null }[] }[];
  };
}

export function toldBySarif(text: string): Told {
  const { runs } = JSON.parse(text) as { runs: [SarifRun] };
  const { results, properties } = runs[0];
  const told: Told = { overall: properties.overall_score, paths: {}, criteria: {} };
  for (const [path, { path: name, score, criteria }] of properties.paths.entries()) {
    told.paths[name] = score;
    for (const [index, criterion] of criteria.entries())
      if (criterion.score !== null)
        told.criteria[`${path + 1}.${index + 1}`] = { score: criterion.score, points: [] };
  }
  for (const { properties: finding } of results)
    told.criteria[finding.number.replace(/\.\d+$/, '')]?.points.push(finding.points);
  return told;
}

interface GradescopeResults {
  score?: number;
  tests: {
    number: string;
    score?: number;
    extra_data: { path?: string; points?: number[] };
  }[];
}

export function toldByGradescope(text: string): Told {
  const { score = null, tests } = JSON.parse(text) as GradescopeResults;
  const told: Told = { overall: score, paths: {}, criteria: {} };
  for (const { number: at, score: one, extra_data } of tests) {
    if (extra_data.path !== undefined) told.paths[extra_data.path] = one ?? null;
    else if (one !== undefined) told.criteria[at] = { score: one, points: extra_data.points ?? [] };
  }
  return told;
}
