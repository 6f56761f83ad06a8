import { loadConfig } from '../config.ts';
import type { Io } from './io.ts';

/** Of a submission: as the service has it, so that both judge the same. */
export function maxBytes({ env }: Pick<Io, 'env'>): number {
  const { MAX_UPLOAD_SIZE: size } = env;
  return loadConfig(size === undefined ? {} : { MAX_UPLOAD_SIZE: size }).api.maxBodyBytes;
}
