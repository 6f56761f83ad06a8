import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GatheredResponse } from '#src/http/server/gathered-response.ts';

/** What is sent, without its time. */
async function sent(
  Response: typeof ServerResponse<IncomingMessage>,
  answer: (response: ServerResponse) => void,
) {
  const server = createServer({ ServerResponse: Response }, (_request, response) => {
    try {
      answer(response);
    } catch (error) {
      response.destroy();
      failure = (error as NodeJS.ErrnoException).code;
    }
  });
  let failure: string | undefined;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const bytes = await text(socket);
  server.close();
  return failure ?? bytes.replace(/Date: .*\r\n/, '');
}

const answers: Record<string, (response: ServerResponse) => void> = {
  'headers and a text': (r) => r.setHeader('X-One', '1').setHeader('X-Two', 2).end('text'),
  'a header set again in another case': (r) => {
    r.setHeader('Vary', 'Origin').setHeader('X-One', '1').setHeader('vary', 'Accept').end();
  },
  'several values': (r) => r.setHeader('Set-Cookie', ['a=1', 'b=2']).end(),
  'values that are added': (r) => {
    r.appendHeader('Link', '<a>').appendHeader('link', '<b>').appendHeader('Link', ['<c>']).end();
  },
  'what was removed': (r) => {
    r.setHeader('X-One', '1').setHeader('X-Two', '2').removeHeader('x-one');
    r.end();
  },
  'no date': (r) => {
    r.removeHeader('Date');
    r.end('text');
  },
  'a length that was removed': (r) => {
    r.setHeader('Content-Length', 4).removeHeader('Content-Length');
    r.end('text');
  },
  'headers of the head': (r) => {
    r.setHeader('X-One', '1').setHeader('X-Two', '2');
    r.writeHead(201, 'Made', { 'x-one': 'other', 'X-Three': '3' }).end('text');
  },
  'a list of the head': (r) => {
    r.setHeader('X-One', '1').setHeader('X-Two', '2');
    r.writeHead(201, ['x-two', 'other', 'X-Three', '3']).end('text');
  },
  'headers of the head alone': (r) => r.writeHead(404, ['X-One', '1', 'X-Two', '2']).end('text'),
  'a reason alone': (r) => r.setHeader('X-One', '1').writeHead(200, 'Fine').end(),
  'many headers': (r) => r.setHeaders(new Map([['X-One', '1'], ['X-Two', '2']])).end(), // prettier-ignore
  'no body by its status': (r) => {
    r.statusCode = 304;
    r.setHeader('ETag', '"a"').end();
  },
  pieces: (r) => {
    r.setHeader('Connection', 'close');
    r.write('one');
    r.end('two');
  },
  'headers at once': (r) => {
    r.setHeader('X-One', '1').flushHeaders();
    r.end('text');
  },
  'what it says of itself': (r) => {
    r.setHeader('X-One', '1').setHeader('x-two', ['2', '3']);
    const told = [r.getHeader('x-ONE'), r.hasHeader('X-Two'), r.hasHeader('X-Three')];
    r.end(JSON.stringify([...told, r.getHeaderNames(), r.getHeaders()]));
  },
  'an invalid name': (r) => r.setHeader('X One', '1').end(),
  'an invalid value': (r) => r.setHeader('X-One', 'a\r\nb').end(),
  'no value': (r) => r.setHeader('X-One', undefined as unknown as string).end(),
  'a header that is late': (r) => r.writeHead(200).setHeader('X-One', '1').end(),
  'a head that is late': (r) => r.setHeader('X-One', '1').writeHead(200).writeHead(200).end(),
};

describe('a response that gathers its headers', () => {
  for (const [name, answer] of Object.entries(answers)) {
    it(`sends what Node's sends: ${name}`, async () => {
      assert.equal(await sent(GatheredResponse, answer), await sent(ServerResponse, answer));
    });
  }

  it('sends what was prepared, in place of which others may be set', async () => {
    const answer = (r: ServerResponse) => {
      if (r instanceof GatheredResponse) r.setPrepared(['X-One', '1', 'X-Two', '2']);
      r.setHeader('X-One', 'other').end();
    };
    assert.match(await sent(GatheredResponse, answer), /X-One: other\r\nX-Two: 2\r\n/);
  });

  it('throws where an invalid header is set, not where it is written', () => {
    const response = new GatheredResponse({ method: 'GET' } as ServerResponse['req']);
    assert.throws(() => response.setHeader('X-One', 'a\nb'), { code: 'ERR_INVALID_CHAR' });
    assert.equal(response.hasHeader('X-One'), false);
  });
});
