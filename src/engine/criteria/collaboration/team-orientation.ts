import { curve, ruleSet, threshold, type Rubric } from '../../rubric.ts';
import type { Submission } from '../../submission/submission.ts';
import { smellObservations } from '../technical/smells.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { inFile } from '../places.ts';

/** Whether a colleague could review and take over: what was left lying about, and how changes are told. */
export const teamOrientation: Criterion = ({ submission, rubric }) => {
  if (submission.statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('too little code to review');
  }
  const observations = [
    ...smellObservations(submission, rubric, 'hygiene'),
    ...deadComments(submission, rubric),
    ...vagueCommits(submission, rubric),
  ];
  return {
    applicable: true,
    sample: { n: submission.statements, unit: 'statements' },
    observations,
    summary: `${count(observations.length, 'thing')} a reviewer would ask to tidy up.`,
  };
};

/** Commented-out code, unless the syntax stage already named it. */
function deadComments({ code, lloc }: Submission, rubric: Rubric): Observation[] {
  const size = Math.max(lloc, threshold(rubric, 'smell_minimum_lines'));
  return code.flatMap((file) => {
    if (file.smells.some(({ rule }) => rule.includes('commented'))) return [];
    return file.comments
      .filter(({ kind }) => kind === 'commented_out_code')
      .map((comment): Observation => ({
        ...inFile(file, comment),
        rule: 'commented_out_code',
        type: 'hygiene_smell',
        message: 'Code was commented out instead of deleted.',
        advice: `Delete the commented-out code at ${file.path}:${comment.startLine}`,
        amount: (curve(rubric, 'smell_cost', 2) * 100) / size,
      }));
  });
}

function vagueCommits({ commits }: Submission, rubric: Rubric): Observation[] {
  const vague = ruleSet(rubric, 'vague_commit_messages');
  const minimum = threshold(rubric, 'commit_message_words');
  const largest = threshold(rubric, 'commit_diff_lines');
  return commits.flatMap(({ message, diff }, index): Observation[] => {
    const subject = message.split('\n')[0]?.trim() ?? '';
    const words = subject.toLowerCase().match(/[a-z\d]+/g) ?? [];
    const place = {
      source: 'commit',
      file: `commits[${index}]`,
      startLine: 1,
      endLine: 1,
      unit: `commits[${index}]`,
      type: 'commit',
    };
    const cost = threshold(rubric, 'vague_commit_cost') / commits.length;
    const found: Observation[] = [];
    if (words.length < minimum || words.every((word) => vague.has(word))) {
      found.push({
        ...place,
        rule: 'vague_commit_message',
        message: `The commit message "${subject.slice(0, 60)}" does not say what changed.`,
        advice: 'Write commit messages that say what changed and why',
        remedy: 'commit_messages',
        amount: cost,
      });
    }
    const changed = diff.split('\n').filter((line) => /^[+-](?![+-])/.test(line)).length;
    if (changed > largest) {
      found.push({
        ...place,
        rule: 'large_commit',
        message: `The commit changes ${changed} lines at once.`,
        advice: 'Cut large commits into steps that can be reviewed alone',
        remedy: 'commit_size',
        amount: cost,
      });
    }
    return found;
  });
}
