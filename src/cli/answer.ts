/** What a service answers to a command: for programs as it came, for people as the command tells it. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { createClient, type Request, type ServerOptions } from './client.ts';
import type { Io } from './io.ts';
import { withServer } from './options.ts';
import { write } from './output.ts';

export interface AnswerOptions extends ServerOptions {
  json?: true;
}

export function withAnswer(command: Command): Command {
  return withServer(command).option('--json', 'as the service answers');
}

interface Question<T> extends Request {
  /** GET, where nothing is said. */
  method?: string;
  path: string;
  schema: z.ZodType<T>;
  shown: (answer: T, width: number) => string;
}

/** @returns what was shown to a person; undefined with --json */
export async function showAnswer<T>(
  io: Io,
  options: AnswerOptions,
  { method = 'GET', path, schema, shown, ...request }: Question<T>,
): Promise<T | undefined> {
  const client = createClient(options, io);
  const text = await client.text(method, path, request);
  if (options.json) {
    await write(io, text);
    return undefined;
  }
  const answer = client.read(text, schema);
  await write(io, shown(answer, io.columns));
  return answer;
}
