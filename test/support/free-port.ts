/** Ports for servers that have to be told theirs. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that systems give to clients and to whoever asks for any port (from 32,768 on Linux): until its server
 * listens, a connection of another test could get one of them.
 */
const FROM = 12_000;
const TO = 32_000;
const ATTEMPTS = 100;

/** @param wanted taken if it is free; any port otherwise */
export async function freePort(wanted?: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = (attempt === 1 ? wanted : undefined) ?? randomInt(FROM, TO);
    const probe = createServer();
    try {
      await once(probe.listen(port, '127.0.0.1'), 'listening');
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      continue;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
