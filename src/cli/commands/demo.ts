import type { Command } from 'commander';
import { assessmentExamples } from '../../features/assessments/assessment-examples.ts';
import type { Io } from '../io.ts';
import { judge, withEngine } from '../locally.ts';
import { showResult } from '../show-result.ts';

const next = `
This was an example that comes with the program. Now something of yours:
  $ sono-eval assess .                               this folder
  $ sono-eval assess . --format html -o report.html  a page to read
  $ sono-eval assess . --fail-under technical=60     a check for a pipeline
`;

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('an example, to see what comes out')
    .action(async () => {
      const files = assessmentExamples.files.value.content.files ?? [];
      const folder = { name: 'demo', files, leftOut: 0 };
      const title = 'Assessing an example';
      const judged = await io.progress(title, (advance) =>
        withEngine(1, (engine) =>
          judge(engine, {}, folder, io, (percent) => advance(percent, title)),
        ),
      );
      io.out(showResult(judged, io.columns) + next);
    });
}
