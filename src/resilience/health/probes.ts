/** How each component is asked whether it works. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentName, Probe } from './health.ts';

interface Pinged {
  ping: (timeoutMs: number) => Promise<void>;
}

export interface ProbeDeps {
  database: Pinged;
  redis: Pinged | null;
  /** Reads one row of the candidates, the memory of the service. */
  readMemory: (signal: AbortSignal) => Promise<unknown>;
  /** Assesses a small sample and gives its tags; null while it is at work, a sentence when it is full. */
  assessSample: (signal: AbortSignal) => Promise<{ tags: string[] } | string | null>;
  dataDir: string;
  /** A sentence while one of them lets not all calls through. */
  circuitBreakers?: () => string | null;
}

const DATABASE_MS = 1000;
const REDIS_MS = 250;
const ENGINE_MS = 2000;
const FILESYSTEM_MS = 1000;

export function createProbes(deps: ProbeDeps): Record<ComponentName, Probe | null> {
  return {
    database: {
      deadlineMs: DATABASE_MS,
      hint: 'Is PostgreSQL reachable at DATABASE_URL, and does it accept connections?',
      run: () => deps.database.ping(DATABASE_MS),
    },
    memory: {
      deadlineMs: DATABASE_MS,
      hint: 'The tables could not be read: are the migrations applied (npm run migrate status)?',
      run: async (signal) => void (await deps.readMemory(signal)),
    },
    redis:
      deps.redis === null
        ? null
        : {
            deadlineMs: REDIS_MS,
            hint: 'Is Redis reachable (redis-cli ping answers PONG), and is REDIS_PASSWORD right?',
            run: (
              (redis) => () =>
                redis.ping(REDIS_MS)
            )(deps.redis),
          },
    filesystem: {
      deadlineMs: FILESYSTEM_MS,
      hint: 'Is there space in DATA_DIR, and may the service write to it?',
      run: () => writeAndRead(deps.dataDir),
    },
    assessment: {
      deadlineMs: ENGINE_MS,
      hint: 'The engine did not answer: see assessment_queue_size and the CPU of this instance.',
      run: async (signal) => {
        const sample = await deps.assessSample(signal);
        return typeof sample === 'string' ? sample : undefined;
      },
    },
    tagging: {
      deadlineMs: ENGINE_MS,
      hint: 'The engine no longer tags a known sample: is the rubric file whole?',
      run: async (signal) => {
        const sample = await deps.assessSample(signal);
        if (sample === null || typeof sample === 'string') return undefined;
        if (!sample.tags.includes('python'))
          throw new Error('A Python sample was not tagged python.');
        return undefined;
      },
    },
    // It also takes the steps that are due, so that a breaker without traffic is not shown open for ever.
    circuit_breakers: {
      deadlineMs: 100,
      hint: 'See circuit_breakers in /api/v1/status/system: what it protects does not answer well.',
      run: () => Promise.resolve(deps.circuitBreakers?.() ?? undefined),
    },
  };
}

async function writeAndRead(folder: string): Promise<void> {
  const path = join(folder, `.probe-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(path, 'probe');
    if ((await readFile(path, 'utf8')) !== 'probe')
      throw new Error('A file read back differently.');
  } finally {
    await rm(path, { force: true });
  }
}
