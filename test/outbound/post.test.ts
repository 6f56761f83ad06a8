/** That nothing is connected but what was checked, and that what answers has its limits. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type LookupFunction,
  type Socket,
} from 'node:net';
import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import type { buildConnector } from 'undici';
import { createPost, OutboundError, type Post } from '#src/outbound/post.ts';
import type { Resolve } from '#src/outbound/resolve-host.ts';
import { readTarget } from '#src/outbound/target-url.ts';
import { selfSigned } from '#test/support/certificate.ts';
import { refusedAnswers, refusedUrls } from './corpus.ts';

const closed = { allowLoopback: false };
const never = () => () => {};
const wish = () => ({ headers: {}, body: '{}', signal: new AbortController().signal });
const failure = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof OutboundError, String(error));
  assert.equal(error.failure, expected);
  return true;
};

/** Connects nothing, and says what it was to connect to. */
function countingConnector() {
  const connected: { host: string; addresses: unknown }[] = [];
  const connector = (options?: buildConnector.BuildOptions) => {
    const lookup = (options as { lookup: LookupFunction }).lookup;
    return ({ hostname }: buildConnector.Options, done: buildConnector.Callback) => {
      lookup(hostname, { all: true }, (_error, addresses) => {
        connected.push({ host: hostname, addresses });
        done(new Error('no network here'), null);
      });
    };
  };
  return { connected, connector };
}

describe('a URL that a client chose', () => {
  it('is refused with what is wrong with it', () => {
    assert.ok(refusedUrls.length > 60);
    assert.deepEqual(
      refusedUrls.map(([url]) => [url, readTarget(url, closed)]),
      refusedUrls,
    );
  });

  it('is accepted where it names a host of the internet', () => {
    for (const url of [
      'https://example.com',
      'https://hooks.example.com/a/b?c=d',
      'HTTPS://Example.COM:443/hook',
      'https://bücher.example/hook',
      'https://8.8.8.8/',
      'https://[2606:4700:4700::1111]/',
    ]) {
      assert.ok(readTarget(url, closed) instanceof URL, url);
    }
  });

  it('may name this machine, and nothing else of the kind, where that is allowed', () => {
    const open = { allowLoopback: true };
    for (const url of ['https://localhost:8443/', 'https://127.0.0.1:1/', 'https://[::1]:9/']) {
      assert.ok(readTarget(url, open) instanceof URL, url);
    }
    for (const url of ['https://10.0.0.1/', 'https://2130706433/', 'http://localhost/'])
      assert.equal(typeof readTarget(url, open), 'string', url);
  });
});

describe('a POST to it', () => {
  it('connects nothing for any URL of the corpus', async () => {
    const { connected, connector } = countingConnector();
    const asked: string[] = [];
    const resolve: Resolve = (host) => {
      asked.push(host);
      return Promise.resolve(['93.184.215.14']);
    };
    const post = createPost({ rules: closed, resolve, after: never, connector });
    for (const [url] of refusedUrls)
      await assert.rejects(post(url, wish()), failure('url_refused'));
    assert.deepEqual([connected, asked], [[], []]);
  });

  it('connects nothing when one of the addresses is not public', async () => {
    const { connected, connector } = countingConnector();
    const resolve: Resolve = (host) => Promise.resolve([...(refusedAnswers[host] ?? [])]);
    const post = createPost({ rules: closed, resolve, after: never, connector });
    for (const host of Object.keys(refusedAnswers))
      await assert.rejects(post(`https://${host}/`, wish()), failure('address_refused'));
    await assert.rejects(post('https://nothing.example.com/', wish()), failure('dns_failed'));
    assert.deepEqual(connected, []);
  });

  it('connects to what was checked, though the name means something else by then', async () => {
    const { connected, connector } = countingConnector();
    const answers = [['93.184.215.14', '2606:4700::1111'], ['127.0.0.1'], ['::1']];
    const resolve: Resolve = () => Promise.resolve(answers.shift() ?? []);
    const post = createPost({ rules: closed, resolve, after: never, connector });
    await assert.rejects(post('https://rebind.example.com/', wish()), failure('connection_failed'));
    assert.deepEqual(connected, [
      {
        host: 'rebind.example.com',
        addresses: [
          { address: '93.184.215.14', family: 4 },
          { address: '2606:4700::1111', family: 6 },
        ],
      },
    ]);
    assert.equal(answers.length, 2);
    await assert.rejects(post('https://rebind.example.com/', wish()), failure('address_refused'));
    assert.equal(connected.length, 1);
  });

  describe('over a real connection', () => {
    const certificate = selfSigned(new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000));
    let server: Server;
    let answer: RequestListener = (_request, response) => void response.end();
    let origin = '';
    let post: Post;
    const local = (options: Partial<Parameters<typeof createPost>[0]> = {}) =>
      createPost({
        rules: { allowLoopback: true },
        resolve: () => Promise.resolve(['127.0.0.1']),
        after: never,
        ca: certificate.cert,
        ...options,
      });
    before(async () => {
      server = createServer(certificate, (request, response) => answer(request, response));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      origin = `https://localhost:${(server.address() as AddressInfo).port}`;
      post = local();
    });
    after(() => server.close());

    it('sends headers and body, and gives status and Retry-After', async () => {
      const seen: unknown[] = [];
      answer = (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { host, traceparent } = request.headers;
          seen.push(
            request.url,
            request.headers['x-one'],
            host,
            traceparent,
            Buffer.concat(chunks).toString(),
          );
          response.writeHead(503, { 'Retry-After': '7' }).end('later');
        });
      };
      const body = '{"ä":1}';
      const result = await post(`${origin}/a?b=c`, { ...wish(), body, headers: { 'x-one': '1' } });
      assert.deepEqual(result, { status: 503, retryAfter: '7' });
      assert.deepEqual(seen, ['/a?b=c', '1', origin.slice(8), undefined, body]);
    });

    it('follows no redirect', async () => {
      const asked: string[] = [];
      answer = (request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(302, { Location: `${origin}/elsewhere` }).end();
      };
      for (const path of ['/', '/again'])
        assert.equal((await post(`${origin}${path}`, wish())).status, 302);
      assert.deepEqual(asked, ['/', '/again']);
    });

    it('honours no proxy variable', async () => {
      answer = (_request, response) => void response.end();
      const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
      const before = names.map((name) => process.env[name]);
      for (const name of names) process.env[name] = 'http://127.0.0.1:1';
      try {
        assert.equal((await local()(origin, wish())).status, 200);
      } finally {
        names.forEach((name, at) => {
          if (before[at] === undefined) delete process.env[name];
          else process.env[name] = before[at];
        });
      }
    });

    it('reads 64 KB of an answer without end, and hangs up', async () => {
      const ended = Promise.withResolvers<void>();
      answer = (_request, response) => {
        response.on('close', ended.resolve);
        const write = () => {
          while (response.write(Buffer.alloc(16_384)));
        };
        response.on('drain', write);
        write();
      };
      assert.equal((await post(origin, wish())).status, 200);
      await ended.promise;
    });

    it('gives up when its time is over, wherever it waits', async () => {
      let end = () => {};
      const after = (ms: number, run: () => void) => {
        assert.equal(ms, 5000);
        end = run;
        return () => {};
      };
      const asked = Promise.withResolvers<void>();
      answer = () => asked.resolve();
      const waiting = local({ after })(origin, wish());
      await asked.promise;
      end();
      await assert.rejects(waiting, failure('timeout'));
      const resolve: Resolve = (_host, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('cancelled'))),
        );
      const resolving = local({ after, resolve })(origin, wish());
      end();
      await assert.rejects(resolving, failure('timeout'));
      // In the middle of the answer.
      const begun = Promise.withResolvers<void>();
      answer = (_request, response) => {
        response.write('slowly');
        begun.resolve();
      };
      const reading = local({ after })(origin, wish());
      await begun.promise;
      end();
      await assert.rejects(reading, failure('timeout'));
    });

    it('ends with the signal of who asked, by its reason', async () => {
      const asked = Promise.withResolvers<void>();
      answer = () => asked.resolve();
      const stop = new AbortController();
      const waiting = post(origin, { ...wish(), signal: stop.signal });
      await asked.promise;
      stop.abort(new Error('the process ends'));
      await assert.rejects(waiting, /the process ends/);
    });

    it('trusts no certificate but those of the authorities', async () => {
      const stranger = selfSigned(new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000));
      await assert.rejects(local({ ca: stranger.cert })(origin, wish()), failure('tls_failed'));
      const otherName = origin.replace('localhost', '127.0.0.1');
      await assert.rejects(post(otherName, wish()), failure('tls_failed'));
    });

    it('tells a server that speaks no TLS, hangs up or is not there from one that answers', async () => {
      const sockets: Socket[] = [];
      const plain = createTcpServer((socket) => {
        sockets.push(socket);
        socket.destroy();
      });
      plain.listen(0, '127.0.0.1');
      await once(plain, 'listening');
      const { port } = plain.address() as AddressInfo;
      await assert.rejects(post(`https://localhost:${port}`, wish()), failure('connection_failed'));
      plain.close();
      await once(plain, 'close');
      await assert.rejects(post(`https://localhost:${port}`, wish()), failure('connection_failed'));
      assert.equal(sockets.length, 1);
    });
  });
});
