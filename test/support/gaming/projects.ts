import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';

import type { SourceFile } from '#src/engine/contract.ts';

export interface RealProject {
  name: string;
  files: SourceFile[];
}

/** Published packages with readable sources, all under MIT, ISC or BSD licences. */
const packages =
  'accepts argparse boundary brace-expansion braces color-convert commander content-disposition cookies cross-spawn debug delegates depd diff ee-first escape-html extend fast-deep-equal fastq fill-range fresh graceful-fs has-flag http-errors ieee754 ignore inherits ipaddr.js isarray js-yaml kleur koa-compose koa-router methods micromatch minimatch ms negotiator on-finished once p-limit p-locate path-to-regexp picomatch raw-body reusify semver statuses string-width strip-ansi tsscmp type-is vary wrap-ansi which yargs-parser'.split(
    ' ',
  );

const modules = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
const students = new URL('../../fixtures/student-projects/projects.jsonl.gz', import.meta.url);
const largest = 40_000;

/** Real projects at hand: six of students and the packages that are installed and of a fair size. */
export function realProjects(): RealProject[] {
  const lines = gunzipSync(readFileSync(students)).toString('utf8').trim().split('\n');
  const fromStudents = lines.map((line) => JSON.parse(line) as RealProject);
  return [...fromStudents, ...packages.flatMap((name) => packageOf(name) ?? [])];
}

const samples = fileURLToPath(new URL('../../fixtures/samples/', import.meta.url));

/** One program in ten languages, well written: attacks look otherwise in each. */
export function sampleProjects(): RealProject[] {
  return readdirSync(samples).map((language) => {
    const folder = join(samples, language);
    const files = readdirSync(folder)
      .filter((name) => name.startsWith('good.'))
      .map((path) => ({ path, content: readFileSync(join(folder, path), 'utf8') }));
    return { name: language, files };
  });
}

/** Published packages of five source files or more, which can be shown in part. */
const severalFiles =
  'argparse braces c8 commander cross-spawn csv-stringify diff eventsource-parser fast-glob fast-uri fastq file-type formatly fs-extra import-in-the-middle istanbul-lib-coverage istanbul-lib-report json5 koa logform negotiator node-fetch normalize-package-data pg pg-protocol pg-types picomatch piscina prom-client readable-stream resolve semver source-map strtok3 structured-headers tar-stream tdigest v8-to-istanbul whatwg-url winston workerpool'.split(
    ' ',
  );

/** Those of them that are installed. */
export function packagesOfSeveralFiles(): RealProject[] {
  return severalFiles.flatMap((name) => {
    const files = sourcesOf(join(modules, name), '').filter(
      ({ content }) => content.length < 100_000,
    );
    return files.length < 5 ? [] : [{ name, files }];
  });
}

/** Every project of a folder of `*.jsonl` or `*.jsonl.gz`, a project a line with `files`. */
export function projectsIn(folder: string): RealProject[] {
  return readdirSync(folder)
    .filter((name) => /\.jsonl(\.gz)?$/.test(name))
    .sort()
    .flatMap((name) => {
      const raw = readFileSync(join(folder, name));
      const text = (name.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8');
      return text
        .split('\n')
        .filter((line) => line.startsWith('{') && line.includes('"files"'))
        .map((line, index): RealProject => {
          const { files, id, project_id } = JSON.parse(line) as RealProject & {
            id?: string;
            project_id?: string;
          };
          return { name: id ?? project_id ?? `${name}:${index + 1}`, files };
        });
    });
}

/** Sources and README of an installed package; undefined when it is not there, too small or too large. */
function packageOf(name: string): RealProject | undefined {
  const files = sourcesOf(join(modules, name), '');
  const size = files.reduce((sum, { content }) => sum + content.length, 0);
  return size > 2_000 && size < largest ? { name, files } : undefined;
}

function sourcesOf(root: string, folder: string): SourceFile[] {
  if (statSync(root, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): SourceFile[] => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory())
        return /^(node_modules|dist|build|typings|\.)/.test(entry.name)
          ? []
          : sourcesOf(root, path);
      if (
        !/\.([cm]?js|ts)$|^readme\.md$/i.test(entry.name) ||
        /\.min\.|\.d\.[cm]?ts$/.test(entry.name)
      )
        return [];
      return [{ path, content: readFileSync(join(root, path), 'utf8') }];
    });
}
