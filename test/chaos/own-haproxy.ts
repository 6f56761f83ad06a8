import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDebianTool } from '#test/support/debian-tools.ts';
import { freePort } from '#test/support/free-port.ts';
import { killChild } from '#test/support/started-process.ts';
import { until } from '#test/support/until.ts';

/**
 * HAProxy before services on these ports of 127.0.0.1, by their readiness; it repeats nothing, and answers say which
 * of them (`s0`, `s1`, …) it was.
 *
 * @param certificate a file with a certificate and its key, for TLS
 * @returns its URL
 */
export async function ownHaproxy(
  cleanup: AsyncDisposableStack,
  dir: string,
  ports: readonly number[],
  certificate?: string,
): Promise<string> {
  const tool = await findDebianTool('haproxy');
  const port = await freePort();
  const file = join(dir, 'haproxy.cfg');
  const servers = ports.map((one, n) => `  server s${n} 127.0.0.1:${one} check`);
  writeFileSync(
    file,
    `defaults
  mode http
  retries 0
  timeout connect 2s
  timeout client 70s
  timeout server 70s
  timeout check 1s
  default-server inter 200ms fall 1 rise 1
listen api
  bind 127.0.0.1:${port}${certificate === undefined ? '' : ` ssl crt ${certificate} ssl-min-ver TLSv1.2`}
  option forwardfor
  http-response set-header X-Served-By %s
  balance roundrobin
  option httpchk GET /api/v1/status/readiness
${servers.join('\n')}
`,
  );
  const child = spawn(tool.path, ['-db', '-f', file], {
    env: { ...process.env, ...tool.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  cleanup.defer(() => killChild(child));
  if (certificate === undefined) {
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/api/v1/status/liveness`)).ok);
    return url;
  }
  // Whoever asks knows the certificate.
  return `https://127.0.0.1:${port}`;
}
