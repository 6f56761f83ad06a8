/** What Mailpit would be: it takes mail, delivers none, and remembers. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface Mail {
  to: string;
  subject: string;
  contentType: string;
  text: string;
}

export interface SmtpSink {
  address: string;
  mails: Mail[];
  close(): Promise<void>;
}

/** SMTP as far as a client goes that neither logs in nor encrypts (RFC 5321). */
export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => {}));
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 sink');
    let to = '';
    let data: string[] | undefined;
    createInterface({ input: socket, crlfDelay: Infinity }).on('line', (line) => {
      if (data !== undefined) {
        if (line !== '.') data.push(line.replace(/^\./, ''));
        else {
          mails.push(readMail(to, data.join('\n')));
          data = undefined;
          say('250 kept');
        }
        return;
      }
      to = /^RCPT TO:<(.*)>/i.exec(line)?.[1] ?? to;
      if (/^DATA$/i.test(line)) data = [];
      if (data !== undefined) say('354 go on');
      else if (/^QUIT$/i.test(line)) socket.end('221 bye\r\n');
      else say('250 sink');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  return {
    address: `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`,
    mails,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A mail with one part, as Alertmanager writes it. */
function readMail(to: string, raw: string): Mail {
  const [head = '', ...rest] = raw.split('\n\n');
  const header = (name: string, of = head) =>
    new RegExp(`^${name}: (.*)$`, 'im').exec(of)?.[1] ?? '';
  const boundary = /boundary="?([^";]+)/.exec(header('Content-Type'))?.[1] ?? '';
  const parts = rest.join('\n\n').split(`--${boundary}`).slice(1, -1);
  const [partHead = '', ...body] = (parts.at(-1) ?? '').trimStart().split('\n\n');
  return {
    to,
    subject: header('Subject'),
    contentType: header('Content-Type', partHead),
    text: quotedPrintable(body.join('\n\n')),
  };
}

function quotedPrintable(text: string): string {
  const bytes = text
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
