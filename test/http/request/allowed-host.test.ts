import assert from 'node:assert/strict';
import { request } from 'node:http';
import { allowedHost } from '#src/http/request/allowed-host.ts';
import { problems } from '#src/http/problems.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { mapError } from '#src/http/map-error.ts';

describe('the allowed hosts', () => {
  const served: Served[] = [];
  afterEach(() => Promise.all(served.splice(0).map((server) => server.close())));

  const status = async (host: string, production: boolean, path = '/'): Promise<number> => {
    const server = await serve(
      problems({ mapError }),
      allowedHost({ allowedHosts: ['API.example.com', 'b.example.com:8443'], production }),
      (ctx) => void (ctx.body = 'in'),
    );
    served.push(server);
    return new Promise((resolve, reject) => {
      request(server.url, { headers: { Host: host }, agent: false, path }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  };

  for (const [host, expected] of [
    ['api.example.com', 200],
    ['Api.Example.Com:8000', 200],
    ['b.example.com:8443', 200],
    ['b.example.com', 421],
    ['evil.example', 421],
    ['api.example.com.evil.example', 421],
    ['127.0.0.1', 421],
  ] as const) {
    it(`in production a request to ${host} is answered ${expected}`, async () => {
      assert.equal(await status(host, true), expected);
    });
  }

  it('are those of the target where that is a whole URL', async () => {
    assert.equal(await status('api.example.com', true, 'http://evil.example/'), 421);
    assert.equal(await status('evil.example', true, 'https://API.example.com/'), 200);
    assert.equal(await status('evil.example', true, 'http://b.example.com:8443/'), 200);
    assert.equal(await status('b.example.com:8443', true, 'http://b.example.com:99/'), 421);
  });

  it('are not looked at elsewhere', async () => {
    assert.equal(await status('anything.example', false), 200);
  });
});
