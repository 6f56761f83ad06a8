import { Option, type Command } from 'commander';
import { z } from 'zod';
import { roles } from '../../http/request/caller.ts';
import { showAnswer, withAnswer, type AnswerOptions } from '../answer.ts';
import { createClient, type ServerOptions } from '../client.ts';
import type { Io } from '../io.ts';
import { withServer } from '../options.ts';
import { write } from '../output.ts';
import { shownTime, table } from '../text.ts';

const key = z.object({
  key_id: z.string(),
  name: z.string(),
  role: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
const page = z.object({ items: z.array(key) });
const created = key.extend({ key: z.string() });

const PATH = '/api/v1/api-keys';

export function addKeys(program: Command, io: Io): void {
  const group = program
    .command('keys')
    .summary('API keys: list, create, revoke')
    .description('API keys of a service.');

  withAnswer(group.command('list').description('the keys, without their secrets')).action(
    async (options: AnswerOptions) => {
      const query = { limit: '100' };
      await showAnswer(io, options, { path: PATH, query, schema: page, shown });
    },
  );

  withAnswer(group.command('create').description('a new key, which is shown this once'))
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>', 'default: that of the key in use').choices(roles))
    .option('--days <n>', 'for which it is valid', '90')
    .option('-o, --output <file>', 'write the key there, readable by you alone')
    .action(
      async (
        name: string,
        {
          role,
          days,
          output,
          ...options
        }: AnswerOptions & { role?: string; days: string; output?: string },
      ) => {
        const body = {
          name,
          expires_in_days: Number(days),
          ...(role === undefined ? {} : { role }),
        };
        const headers = { 'Idempotency-Key': io.newId() };
        const client = createClient(options, io);
        const text = await client.text('POST', PATH, { body, headers });
        const made = client.read(text, created);
        await write(io, options.json ? text : made.key, output);
        io.err(
          `${made.role} key ${made.key_id}, ${until(made.expires_at)}: it is shown this once.\n`,
        );
      },
    );

  withServer(group.command('revoke').description('refuses a key from now on'))
    .argument('<key_id>')
    .action(async (id: string, options: ServerOptions) => {
      await createClient(options, io).text('DELETE', `${PATH}/${encodeURIComponent(id)}`);
      await write(io, `${id} is revoked.`);
    });
}

function shown({ items }: z.output<typeof page>, width: number): string {
  const columns = [{ title: 'Key' }, { title: 'Role' }, { title: 'Valid' }, { title: 'Name' }];
  const rows = items.map((one) => [
    one.key_id,
    one.role,
    one.revoked_at === null ? until(one.expires_at) : `revoked ${shownTime(one.revoked_at)}`,
    one.name,
  ]);
  return table(columns, rows, width);
}

const until = (time: string | null) => (time === null ? 'for ever' : `until ${shownTime(time)}`);
