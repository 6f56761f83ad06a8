import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { checkHttps } from '#src/doctor/https.ts';
import { protectiveHeaders } from '#src/http/request/security-headers.ts';
import { selfSigned } from '#test/support/certificate.ts';

const DAY_MS = 86_400_000;

describe('the public address', () => {
  const now = new Date();
  const { cert, key } = selfSigned(
    new Date(now.getTime() - DAY_MS),
    new Date(now.getTime() + 60 * DAY_MS + DAY_MS / 2),
  );
  const good = protectiveHeaders({ hsts: true });

  /** What is found of a server with these headers that is asked on a day from now. */
  async function found(
    headers: [string, string][],
    days = 0,
    options: { trusted?: boolean; oldest?: 'TLSv1.1' } = {},
  ) {
    const { trusted = true, oldest } = options;
    const old = { minVersion: oldest, ciphers: 'ALL:@SECLEVEL=0' } as const;
    const server = createServer(
      { cert, key, ...(oldest === undefined ? {} : old) },
      (_request, response) => {
        for (const [name, value] of headers) response.setHeader(name, value);
        response.end('{}');
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const findings = await checkHttps(`https://localhost:${port}/`, {
        now: () => new Date(now.getTime() + days * DAY_MS),
        ca: trusted ? cert : undefined,
      });
      return findings.map(([, { status, detail }]) => `${status}: ${detail}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('passes with a good certificate, TLS 1.3 and the headers of the service', async () => {
    assert.deepEqual(await found(good), [
      'pass: The certificate is trusted, and TLSv1.3 is spoken.',
      'pass: The certificate is good for 60 days.',
      'pass: TLS older than 1.2 is refused.',
      'pass: The security headers arrive at clients.',
    ]);
  });

  it('counts the days of the certificate', async () => {
    const about = async (days: number) => (await found(good, days))[1];
    assert.equal(await about(45), 'pass: The certificate is good for 15 days.');
    assert.equal(await about(46), 'warn: The certificate ends in 14 days.');
    assert.equal(await about(58), 'fail: The certificate ends in 2 days.');
  });

  it('fails with a certificate that nobody vouches for', async () => {
    const [certificate = ''] = await found(good, 0, { trusted: false });
    assert.match(certificate, /^fail: The certificate is not trusted \(.*SELF_SIGNED/);
  });

  it('fails when old versions of TLS are spoken', async () => {
    const findings = await found(good, 0, { oldest: 'TLSv1.1' });
    assert.equal(findings[2], 'fail: TLSv1.1 is spoken, too.');
  });

  it('fails without the headers, and warns of one that tells a version', async () => {
    const weak: [string, string][] = [
      ...good.filter(([name]) => name !== 'Content-Security-Policy'),
      ['Strict-Transport-Security', 'max-age=60'],
      ['Server', 'proxy/1.2.3'],
    ];
    assert.deepEqual((await found(weak)).slice(3), [
      'fail: Headers are missing or weak: strict-transport-security, content-security-policy.',
      'warn: A header tells the version of a server.',
    ]);
  });

  it('fails where no TLS is spoken', async () => {
    const server = createPlainServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const findings = await checkHttps(`https://localhost:${port}/`, { now: () => now });
    server.closeAllConnections();
    server.close();
    assert.deepEqual([...new Set(findings.map(([, { status }]) => status))].sort(), [
      'fail',
      'pass',
    ]);
    assert.match(findings[0]?.[1].detail ?? '', /^No TLS is spoken there/);
  });
});
