/** Options that several commands have. */
import { InvalidArgumentError, type Command } from 'commander';
import { pathNames } from '../engine/contract.ts';

export const collect = (value: string, before: string[] = []) => [...before, value];

/** @param otherwise what is asked where no service is named */
export function withServer(command: Command, otherwise = 'http://localhost:8000'): Command {
  return command
    .option('--server <url>', `service to ask; else SONO_EVAL_URL, else ${otherwise}`)
    .option('--key-file <file>', 'file with the API key; else SONO_EVAL_API_KEY')
    .option('--timeout <seconds>', 'of each request', seconds, 60);
}

/** How to judge, and what to make of it. */
export function withJudging(command: Command): Command {
  return command
    .option('--paths <names>', `comma-separated: ${pathNames.join(', ')}`, (text) =>
      text.split(',').map((name) => name.trim()),
    )
    .option('--challenge <name>', 'task that was set')
    .option('--label <text>', 'class, year or group; may be repeated', collect)
    .option('--rubric <version>', 'rubric to judge by; else the newest')
    .option(
      '--fail-under <score>',
      'as technical=60, or 60: ends with 2 below it; may be repeated',
      collect,
    );
}

function seconds(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 3600) return number;
  throw new InvalidArgumentError('It must be a whole number of seconds from 1 to 3600.');
}
