import assert from 'node:assert/strict';

import { format, type FormatConfig } from 'oxfmt';
import type { SourceFile } from '#src/engine/contract.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { defects } from '#test/support/defects.ts';
import { layoutChanges } from '#test/support/gaming/layout-changes.ts';
import { openMeasure } from '#test/support/gaming/measure.ts';
import { realProjects, sampleProjects } from '#test/support/gaming/projects.ts';

const grammars = await loadGrammars();
const measure = await openMeasure();

/** Formatters of opposite tastes. */
const tastes: Record<string, FormatConfig> = {
  'in narrow lines': { printWidth: 60 },
  'in wide lines, with semicolons': { printWidth: 140, singleQuote: false },
  'in tabs, without semicolons, last commas and brackets around one parameter': {
    useTabs: true,
    semi: false,
    singleQuote: true,
    trailingComma: 'none',
    arrowParens: 'avoid',
  },
};
const isScript = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path);

async function formatted(files: readonly SourceFile[], taste: FormatConfig): Promise<SourceFile[]> {
  const one = async (file: SourceFile): Promise<SourceFile> => {
    if (!isScript(file.path)) return file;
    const { code, errors } = await format(file.path, file.content, taste);
    return errors.length > 0 ? file : { ...file, content: code };
  };
  return Promise.all(files.map(one));
}

const projects = [...sampleProjects(), ...realProjects()].filter(
  ({ name }) => !name.includes('Submission') || name.endsWith('_13'),
);
const scripts = projects.filter(({ files }) => files.some(({ path }) => isScript(path)));

describe('the layout of code', () => {
  for (const [taste, options] of Object.entries(tastes))
    it(`moves no score of ${scripts.length} projects when a formatter puts them ${taste}`, async () => {
      const moved: string[] = [];
      for (const project of scripts) {
        const files = await formatted(project.files, options);
        for (const { path, points } of measure.moves(measure.open(project), () => files) ?? [])
          if (points !== 0) moved.push(`${project.name}: ${path} ${points}`);
      }
      assert.deepEqual(moved, []);
    });

  for (const [name, change] of Object.entries(layoutChanges))
    it(`moves no score of ${projects.length} projects in ten languages by ${name}`, () => {
      const moved = projects.flatMap((project) =>
        (measure.moves(measure.open(project), change) ?? [])
          .filter(({ points }) => points !== 0)
          .map(({ path, points }) => `${project.name}: ${path} ${points}`),
      );
      assert.deepEqual(moved, []);
    });

  it('hides no copy: a formatter leaves what a submission is recognised by', async () => {
    const prints = (files: readonly SourceFile[]): number[] =>
      files.flatMap((file) =>
        extractFileFacts(file, grammars).fingerprints.map(({ hash }) => hash),
      );
    for (const { name, files } of scripts)
      for (const options of Object.values(tastes))
        assert.deepEqual(prints(await formatted(files, options)), prints(files), name);
  });
});

describe('small defects in another layout', () => {
  // Two places of one mistake may come to stand on one line.
  const rules = ({ smells }: FileFacts): string =>
    [...new Set(smells.map(({ rule }) => rule))].join();

  for (const [name, change] of Object.entries(layoutChanges))
    it(`are found, and nothing else, after ${name}`, () => {
      const moved = defects.flatMap(({ rule, path, defect, mended }, index) =>
        [defect, mended].flatMap((lines) => {
          const file = { path, content: lines.join('\n') };
          const facts = extractFileFacts(file, grammars);
          const changed = change({ name: rule, files: [file], facts: [facts] })?.[0];
          if (changed === undefined) return [];
          const [was, is] = [rules(facts), rules(extractFileFacts(changed, grammars))];
          return was === is ? [] : [`${index} ${rule} in ${path}: ${was} → ${is}`];
        }),
      );
      assert.deepEqual(moved, []);
    });
});
