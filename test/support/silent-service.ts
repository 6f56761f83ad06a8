import { Writable } from 'node:stream';
import { start, type RunningService } from '#src/compose.ts';
import { loadConfig } from '#src/config.ts';
import { unlimited } from './unlimited.ts';

/** The service in this process, on ports of its own, whose log nobody reads. @param env where its database and files are, and what else is not the default */
export async function startSilently(
  env: Record<string, string | undefined>,
): Promise<RunningService> {
  return start(
    loadConfig({
      APP_ENV: 'testing',
      API_HOST: '127.0.0.1',
      API_PORT: '0',
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      ...unlimited,
      ...env,
    }),
    new AbortController().signal,
    new Writable({ write: (_chunk, _encoding, done) => done() }),
  );
}
