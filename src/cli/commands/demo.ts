import type { Command } from 'commander';
import { assessmentExamples } from '../../features/assessments/assessment-examples.ts';
import type { Io } from '../io.ts';
import { judge, withEngine } from '../locally.ts';
import { showResult } from '../show-result.ts';

const next = `
This was an example that comes with the program. Now something of yours:
  $ sono-eval assess .                              this folder
  $ sono-eval assess . --format html -o report.html a page to read
  $ sono-eval assess . --fail-under technical=60    a check for a pipeline
  $ npm start                                       the service: http://localhost:8000/docs
`;

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('assesses an example on this machine, to see what comes out')
    .action(async () => {
      const files = assessmentExamples.files.value.content.files ?? [];
      const folder = { name: 'demo', files, leftOut: 0 };
      const progress = await io.progress('Assessing an example');
      const judged = await withEngine(1, (engine) =>
        judge(engine, {}, folder, io, (percent) =>
          progress.advance(percent, 'Assessing an example'),
        ),
      ).finally(() => progress.stop('Assessed'));
      io.out(showResult(judged, io.columns) + next);
    });
}
