/** The golden submissions that every process judges again and again, and what is expected of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AssessmentContent, AssessmentInput } from '#src/engine/contract.ts';
import { goldenDigest, type GoldenSubmission } from '#src/engine/golden.ts';
import { warmUp } from '#src/engine/warm-up.ts';
import { realEngine } from '#test/support/engine.ts';

export const servedGoldenPath = fileURLToPath(
  new URL('../../src/engine/golden.json', import.meta.url),
);

/** Each of the languages alone, all of them as one project, and the submission of the README. */
function contents(): Record<string, AssessmentContent> {
  const files = warmUp.content.files ?? [];
  const alone = (path: string): AssessmentContent => ({
    files: files.filter((file) => file.path === path),
  });
  const text = readFileSync(new URL('../fixtures/submission.json', import.meta.url), 'utf8');
  return {
    cpp: alone('total.cpp'),
    csharp: alone('Total.cs'),
    go: alone('total.go'),
    java: alone('Total.java'),
    javascript: alone('total.js'),
    php: alone('total.php'),
    project: warmUp.content,
    prose: alone('README.md'),
    python: alone('total.py'),
    ruby: alone('total.rb'),
    rust: alone('total.rs'),
    sample: (JSON.parse(text) as AssessmentInput).content,
    typescript: alone('total.ts'),
  };
}

/** With what the engine of this tree makes of them. */
export async function measureServedGolden(): Promise<GoldenSubmission[]> {
  const run = await realEngine();
  return Object.entries(contents()).map(([name, content]) => ({
    name,
    content,
    expected: goldenDigest(run(content)),
  }));
}
