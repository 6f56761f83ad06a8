import { motiveTypes } from './contract.ts';
import type { MicroMotive } from './result-schema.ts';
import type { RubricData } from './rubric.ts';
import { clamp, roundHalfEven, sum } from './numbers.ts';
import type { Rubric } from './rubric.ts';
import type { ScoredPath } from './score.ts';
import type { Submission } from './submission/submission.ts';
import { testsOfFailures } from './submission/test-links.ts';

type Indicator = RubricData['motives']['mastery']['indicators'][number];
type Shown = { indicator: Indicator; evidence: MicroMotive['evidence'][number] };

/**
 * What a person's work suggests about what drives them: behaviour, never vocabulary. One kind of
 * evidence alone says nothing, so a motive needs two; none enters a score.
 */
export function microMotives(
  submission: Submission,
  paths: readonly ScoredPath[],
  rubric: Rubric,
): MicroMotive[] {
  const scores = new Map(
    paths.flatMap(({ metrics }) =>
      metrics.flatMap(({ spec, settled }) =>
        settled ? [[spec.name, settled.score] as const] : [],
      ),
    ),
  );
  return motiveTypes.flatMap((type) => {
    const spec = rubric.data.motives[type];
    const shown = spec.indicators.flatMap((indicator) => look(indicator, submission, scores));
    if (new Set(shown.map(({ indicator }) => indicator.kind)).size < 2) return [];
    const strength = clamp(sum(shown.map(({ indicator }) => indicator.weight)), 0, 1);
    return [
      {
        motive_type: type,
        strength: roundHalfEven(strength, 2),
        indicators: [
          ...shown.map(({ indicator }) => indicator.text),
          `Other reading: ${spec.other_reading}`,
        ],
        evidence: shown.map(({ evidence }) => evidence),
        path_alignment: spec.path,
      },
    ];
  });
}

function look(
  indicator: Indicator,
  submission: Submission,
  scores: ReadonlyMap<string, number>,
): Shown[] {
  if (indicator.from === 'metric') {
    const score = scores.get(indicator.key);
    if (score === undefined || score < indicator.at_least) return [];
    const description = `${indicator.key.replaceAll('_', ' ')} scores ${score}`;
    return [{ indicator, evidence: { description, file: null, start_line: null } }];
  }
  const places =
    indicator.from === 'idiom'
      ? idiomPlaces(submission, indicator.key)
      : structurePlaces(submission, indicator.key);
  const first = places[0];
  if (!first || places.length < indicator.at_least) return [];
  const description = `${indicator.text} (${places.length})`;
  return [{ indicator, evidence: { description, file: first.file, start_line: first.line } }];
}

type PlaceOf = { file: string; line: number };

function idiomPlaces({ code }: Submission, key: string): PlaceOf[] {
  const wanted = new Set(key.split('|'));
  return code.flatMap((file) =>
    file.idioms
      .filter(({ idiom }) => wanted.has(idiom))
      .map(({ line }) => ({ file: file.path, line })),
  );
}

function structurePlaces(submission: Submission, key: string): PlaceOf[] {
  const readers: Record<string, () => PlaceOf[]> = {
    tests: () =>
      submission.tests.cases
        .filter(({ verdict }) => verdict === 'counts')
        .map(({ file, test }) => ({ file: file.path, line: test.startLine })),
    negative_tests: () =>
      testsOfFailures(submission.tests.cases).map(({ file, test }) => ({
        file: file.path,
        line: test.startLine,
      })),
    configuration: () => fileRoles(submission, 'config'),
    readme: () => fileRoles(submission, 'docs'),
    abstractions: () =>
      submission.classes
        .filter(({ type }) => (submission.implementers.get(type.name) ?? 0) >= 2)
        .map(({ file, type }) => ({ file: file.path, line: type.startLine })),
    idiom_kinds: () => firstOfEachIdiom(submission),
    commits: () =>
      submission.commits.map((_commit, index) => ({ file: `commits[${index}]`, line: 1 })),
  };
  return readers[key]?.() ?? [];
}

function fileRoles({ files }: Submission, role: string): PlaceOf[] {
  return files.filter((file) => file.role === role).map(({ path }) => ({ file: path, line: 1 }));
}

function firstOfEachIdiom({ code }: Submission): PlaceOf[] {
  const seen = new Set<string>();
  return code.flatMap((file) =>
    file.idioms.flatMap(({ idiom, line }) => {
      if (seen.has(idiom)) return [];
      seen.add(idiom);
      return [{ file: file.path, line }];
    }),
  );
}
