import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Component } from '../../resilience/health/health.ts';
import { MemoryNodeEntity } from './memory-node.entity.ts';

const DEADLINE_MS = 1000;

/** What is remembered of candidates: one note of it is looked for. */
export function memoryComponent(em: (signal: AbortSignal) => SqlEntityManager): Component {
  return {
    name: 'memory',
    critical: false,
    probe: {
      deadlineMs: DEADLINE_MS,
      hint: 'The tables could not be read: are the migrations applied (npm run migrate status)?',
      run: async (signal) => void (await em(signal).findOne(MemoryNodeEntity, { id: '-' })),
    },
  };
}
