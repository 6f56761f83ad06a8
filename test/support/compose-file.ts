/** `docker-compose.yml` as data. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  image: string;
  user?: string;
  build?: unknown;
  restart?: string;
  ports?: string[];
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  networks?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
  network_mode?: string;
  logging?: { driver: string; options: Record<string, string> };
  mem_limit?: string;
  shm_size?: string;
  pids_limit?: number;
  profiles?: string[];
}

export interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, null>;
}

/** With all profiles, the defaults of its variables, and merge keys as compose has them. */
export function readCompose(): Compose {
  const text = readFileSync('docker-compose.yml', 'utf8');
  return parse(text.replaceAll(/\$\{\w+:[-+]([^}]*)\}/g, '$1'), { merge: true }) as Compose;
}

/** They do their work and end. */
export const oneShots: ReadonlySet<string> = new Set([
  'secrets',
  'migrate',
  'exporter-user',
  'superset-user',
  'superset-init',
]);

/** The script of the service `secrets`, writing below a directory, with owners left out: this may not be root. */
export function secretsScript(dir: string): string {
  return (readCompose().services['secrets']?.command?.[0] ?? '')
    .replaceAll('$$', '$')
    .replaceAll('/secrets/', `${dir}/`)
    .replaceAll('chown "$2"', 'true');
}

/** Where that script writes to: the volumes of `secrets`. */
export function secretsFolders(): string[] {
  const { volumes = [] } = readCompose().services['secrets'] ?? {};
  return volumes.map((volume) => volume.split(':/secrets/')[1] ?? '');
}
