/** What the folder that the doctor runs in shows: a checkout, or an image without one. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Found } from './configuration.ts';
import { fail, pass, unknown, warn, type Finding } from './finding.ts';

const run = promisify(execFile);
const GIT_MS = 5000;

/** What it prints; null when git is missing, this is no checkout, or the answer is no. */
export type Git = (folder: string, args: string[]) => Promise<string | null>;

/** @param folder the working directory */
export async function checkCheckout(
  folder: string,
  production: boolean,
  git: Git = runGit,
): Promise<Found[]> {
  const findings = await checkEnvFile(folder, production, git);
  return [
    ...findings.map((finding): Found => ['env-file', finding]),
    ['scans', checkScans(folder)],
  ];
}

async function checkEnvFile(folder: string, production: boolean, git: Git): Promise<Finding[]> {
  const found: Finding[] = [];
  const tracked = await git(folder, [
    'ls-files',
    '-z',
    '--',
    '.env',
    '.env.*',
    '*/.env',
    '*/.env.*',
  ]);
  if (tracked === null) {
    found.push(unknown('This is no checkout: what is committed cannot be seen from here.'));
  } else {
    const files = tracked
      .split('\0')
      .filter((name) => name !== '' && !name.endsWith('.env.example'));
    found.push(
      files.length === 0
        ? pass('git tracks no .env file.')
        : fail(
            `git tracks ${files.join(', ')}.`,
            'git rm --cached it, add it to .gitignore, and change every secret in it: history keeps them.',
          ),
    );
    if ((await git(folder, ['check-ignore', '-q', '.env'])) === null) {
      found.push(warn('.env is not ignored by git.', 'Add .env to .gitignore.'));
    }
  }
  const file = join(folder, '.env');
  if (!existsSync(file)) return found;
  if (production) {
    found.push(warn('There is a .env file, which production does not read.', 'Remove it here.'));
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    found.push(warn('Other users may read .env.', 'chmod 600 .env'));
  }
  return found;
}

async function runGit(folder: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', args, { cwd: folder, timeout: GIT_MS });
    return stdout;
  } catch {
    return null;
  }
}

const pipelines = [
  '.github/workflows',
  '.gitlab-ci.yml',
  '.circleci',
  'Jenkinsfile',
  '.ci',
  '.woodpecker',
];
const scanners =
  /npm audit|audit signatures|osv-scanner|secretlint|gitleaks|trufflehog|codeql|semgrep|trivy|grype|snyk|zap-(baseline|api)|zaproxy/gi;

function checkScans(folder: string): Finding {
  const files = pipelines.flatMap((name) => filesOf(join(folder, name)));
  if (files.length === 0) {
    return unknown(
      'No pipeline of a CI can be seen from here.',
      'Let each change run npm audit, npm audit signatures and a scanner for secrets, and fail by them.',
    );
  }
  const named = new Set(
    files.flatMap((file) =>
      (readFileSync(file, 'utf8').match(scanners) ?? []).map((name) => name.toLowerCase()),
    ),
  );
  return named.size === 0
    ? warn(
        'The pipelines in this checkout name no scanner.',
        'Let them run npm audit, npm audit signatures and a scanner for secrets, and fail by them.',
      )
    : pass(
        `The pipelines name ${[...named].join(', ')}; whether they pass cannot be seen from here.`,
      );
}

function filesOf(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isFile()) return [path];
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}
