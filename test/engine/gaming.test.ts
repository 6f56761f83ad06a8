import assert from 'node:assert/strict';

import { attacks } from '#test/support/gaming/attacks.ts';
import type { Attack } from '#test/support/gaming/builders.ts';
import { codeAttacks } from '#test/support/gaming/code-attacks.ts';
import { hollowAttacks } from '#test/support/gaming/hollow-attacks.ts';
import { hollowTests } from '#test/support/gaming/hollow-tests.ts';
import { languageAttacks } from '#test/support/gaming/language-attacks.ts';
import { needlessAttacks } from '#test/support/gaming/needless-attacks.ts';
import { nextAttacks } from '#test/support/gaming/next-attacks.ts';
import { proseAttacks } from '#test/support/gaming/prose-attacks.ts';
import { textAttacks } from '#test/support/gaming/text-attacks.ts';
import { variantAttacks } from '#test/support/gaming/variant-attacks.ts';
import { deletions, neutralChanges, renaming } from '#test/support/gaming/changes.ts';
import { styleChanges } from '#test/support/gaming/style-changes.ts';
import { openMeasure, type Move, type Opened } from '#test/support/gaming/measure.ts';
import { realProjects, sampleProjects } from '#test/support/gaming/projects.ts';

const allAttacks = {
  ...attacks,
  ...nextAttacks,
  ...codeAttacks,
  ...hollowAttacks,
  ...hollowTests,
  ...languageAttacks,
  ...needlessAttacks,
  ...proseAttacks,
  ...textAttacks,
  ...variantAttacks,
};

/** Points that an attack may gain on any path. */
const limit = 3;

/** Attacks that hold on projects of any size. */
const tried = [
  'tests like "is a function"',
  'a logger call in each function',
  'a comment to the grader in each function',
  'a README of grammatical buzzwords',
  'a letter to the grader',
  'a template comment in each function',
  'a README of template sentences in rotating words',
  'functions that nobody calls, with guards',
  'clean padding that nobody calls',
  'guarded I/O that nobody calls',
  'dead helpers that call one another',
  'dead guards that a test which is left out calls',
  'handlers around each body',
  'handlers that log and throw again',
  'handlers that translate',
  'handlers that give null',
  'blocks that only note the end',
  'handlers that look at the name',
  'handlers of shapes that take turns',
  'a doc block per function in rare words',
  'a README of commands',
  'a README of template sentences in rare words',
  'a README of sentences with words from a dictionary',
  'a README of one paragraph with words from a dictionary',
  'a README of examples that call each function',
  'a README of made-up figures',
  'a README of what calls what',
  'a README of worked cases',
  'generated tests that something comes back',
  'generated tests that the same comes back twice',
  'generated tests that nothing is thrown',
  'generated tests that something is thrown',
  'generated snapshots',
  'a template doc block per function',
  'a doc block per function in rotating words',
  'a wrapper for each function',
  'clean padding that is called for nothing',
  'guarded padding that is called for nothing',
  'a doc block per function from its parameters and calls',
  'a paraphrased doc block per function',
  'a README of sections that name files',
  'a README of sentences from the names in the bodies',
  'a paraphrased reason per function',
  'guards that take turns in each function',
  'a README of names told in words',
  'generated tests that compare a call with itself',
  'clean padding behind a flag of the environment',
  'padding in a listener that never hears',
  'a guard in each third function',
  'a limit by name in each third function',
  'guards in branches that are never taken',
  'retries around each function',
  'a README of random words of the code',
  'a README of random words of the code and small words',
  'a README of random words of the code beside its names',
  'a README as an API list',
  'a README as an API list of points',
  'a table of names',
  'a changelog of the names in words',
  'a README of template sentences through a thesaurus',
  'its own README with the words shuffled in each sentence',
  'a doc block per function of random words of the code',
  'a helper for every answer',
  'one helper of guards that each function calls',
  'a schema beside each function that nothing asks',
  'a timeout beside each function',
  'a memory beside each function',
  'each function behind a one-liner',
  'each class behind an interface',
];

/** Attacks in the words of each language, which are tried on one program in ten of them. */
const triedInEach = [
  'a refusal in each function, in the words of its language',
  'tests that any error meets, in the words of each language',
  'padding whose answers are kept in variables that nothing reads',
  'a second name for each function, with its parameters',
  'functions that nobody calls, with guards',
  'a refusal of the clock in each function',
  'refusals that never happen, of many kinds',
  'a refusal by a constant of its own in each function',
  'tests of answers against themselves under other names',
  'tests that any answer passes',
  'tests whose failure is caught',
  'tests that end where they would fail',
  'tests that are never reached',
];

/** Projects of students are six variants of one task, each as large as five packages: two stand for them here. */
const students = 2;
const neutral = [
  'tabs for spaces',
  'indent doubled',
  'a blank line after each brace',
  'CRLF line ends',
  'double quotes for single ones',
  'stars for slashes around comments of one line',
  'sides of comparisons in the other order',
  'the whole project in a folder',
];
const left = ['the documents', 'all documentation', 'all comments', 'all tests'];

describe('what must not pay, in real projects', () => {
  const gains = new Map<string, Move[]>();
  let projects = 0;

  before(async () => {
    const measure = await openMeasure();
    const tryOut = (opened: Opened, changes: [string, Attack | undefined][]): void => {
      for (const [name, change] of changes) {
        assert.ok(change, name);
        gains.set(name, [...(gains.get(name) ?? []), ...(measure.moves(opened, change) ?? [])]);
      }
    };
    const changesOf = (names: readonly string[], among: Record<string, Attack>) =>
      names.map((name): [string, Attack | undefined] => [name, among[name]]);
    const inProjects: [string, Attack | undefined][] = [
      ...changesOf(tried, allAttacks),
      ...changesOf(neutral, { ...neutralChanges, ...styleChanges }),
      ...changesOf(left, deletions),
      ['renaming', renaming],
    ];
    const inSamples = changesOf(triedInEach, allAttacks);
    const real = realProjects();
    const isOfStudent = ({ name }: { name: string }) => name.includes('Submission');
    const packages = real.filter((project) => !isOfStudent(project));
    for (const project of [...packages, ...real.filter(isOfStudent).slice(0, students)]) {
      const opened = measure.open(project);
      if (opened.before['technical'] === null) continue;
      projects += 1;
      tryOut(opened, inProjects);
    }
    for (const project of sampleProjects()) tryOut(measure.open(project), inSamples);
  });

  const moved = (name: string, wrong: (move: Move) => boolean): string[] => {
    const moves = gains.get(name) ?? [];
    assert.ok(moves.length > 0, `${name} was tried on no project`);
    return moves.filter(wrong).map(({ project, path, points }) => `${project}: ${path} ${points}`);
  };

  it('is tried on thirty projects at least', () => {
    assert.ok(projects >= 30, `${projects} projects`);
  });

  for (const name of new Set([...tried, ...triedInEach]))
    it(`gains at most three points by ${name}`, () => {
      assert.deepEqual(
        moved(name, ({ points, path }) => path !== 'overall' && points > limit),
        [],
      );
    });

  for (const name of neutral)
    it(`moves nothing by ${name}`, () => {
      assert.deepEqual(
        moved(name, ({ points }) => points !== 0),
        [],
      );
    });

  it('moves no score by more than a point by other names of equal quality', () => {
    assert.deepEqual(
      moved('renaming', ({ points }) => Math.abs(points) > 1),
      [],
    );
  });

  for (const name of left)
    it(`does not raise the overall score by deleting ${name}`, () => {
      assert.deepEqual(
        moved(name, ({ points, path }) => path === 'overall' && points > 0),
        [],
      );
    });
});
