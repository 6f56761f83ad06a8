/** The manifests of `deploy/kubernetes` as data, and the schemas that they are validated with. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse, parseAllDocuments } from 'yaml';

export const KUBERNETES = 'deploy/kubernetes';

/** As far as the tests look into it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Resource = { apiVersion: string; kind: string; metadata: any; spec?: any; data?: any };

export function readResources(text: string): Resource[] {
  if (text.startsWith('{')) return (JSON.parse(text) as { items: Resource[] }).items;
  return parseAllDocuments(text).map(
    (document) => document.toJS({ maxAliasCount: -1 }) as Resource,
  );
}

export interface Kustomization {
  resources?: string[];
  components?: string[];
  configMapGenerator?: { name: string; literals?: string[]; files?: string[] }[];
}

/** What the ConfigMap gives the pods of an overlay. */
export function environmentOf(overlay: string): Record<string, string> {
  const literals = ['base', `overlays/${overlay}`].flatMap((path) => {
    const text = readFileSync(join(KUBERNETES, path, 'kustomization.yml'), 'utf8');
    const { configMapGenerator = [] } = parse(text) as Kustomization;
    return configMapGenerator.flatMap((made) => made.literals ?? []);
  });
  return Object.fromEntries(literals.map((text) => text.split(/=(.*)/s, 2) as [string, string]));
}

const isKustomization = (name: string) => name.endsWith('kustomization.yml');

/** Files of resources, from the folder of the repository on. */
export const resourceFiles = (): string[] =>
  readdirSync(KUBERNETES, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(yml|json)$/.test(name) && !isKustomization(name))
    .map((name) => join(KUBERNETES, name));

export const kustomizationFiles = (): string[] =>
  readdirSync(KUBERNETES, { recursive: true, encoding: 'utf8' })
    .filter(isKustomization)
    .map((name) => join(KUBERNETES, name));

/** What kustomize makes of an overlay; undefined where no kubectl is on PATH. */
export function rendered(overlay: string): Resource[] | undefined {
  if (spawnSync('kubectl', ['version', '--client']).status !== 0) return undefined;
  const { status, stdout, stderr } = spawnSync(
    'kubectl',
    ['kustomize', join(KUBERNETES, overlay)],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(stderr);
  return readResources(stdout);
}

/** Of each resource what its schema has against it. */
export function createValidator(): (resource: Resource) => string[] {
  const file = 'test/fixtures/kubernetes-schemas/schemas.json';
  const schemas = JSON.parse(readFileSync(file, 'utf8')) as {
    kinds: Record<string, string>;
    $defs: Record<string, object>;
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: 'kubernetes', $defs: schemas.$defs });
  return (resource) => {
    const name = schemas.kinds[`${resource.apiVersion} ${resource.kind}`];
    if (name === undefined) return [`no schema of ${resource.apiVersion} ${resource.kind}`];
    const validate = ajv.getSchema(`kubernetes#/$defs/${name}`);
    if (validate === undefined || validate(resource) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${resource.kind} ${resource.metadata?.name} ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}
