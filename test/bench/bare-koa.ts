/** The bare framework: the same bytes with nothing in between. Prints its port. */
import { once } from 'node:events';
import Koa from 'koa';

const [, , answer = '{}'] = process.argv;
const app = new Koa();
app.use(async (ctx) => {
  if (ctx.method === 'POST') {
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    JSON.parse(Buffer.concat(chunks).toString());
  }
  ctx.type = 'application/json';
  ctx.body = answer;
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
