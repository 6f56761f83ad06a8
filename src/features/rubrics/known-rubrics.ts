import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { createOwnRubrics } from '../../engine/own-rubrics.ts';
import { ownVersion, type OwnRubric } from '../../engine/rubric-changes.ts';
import { loadRubric, rubricVersions } from '../../engine/rubric.ts';
import { AppError } from '../../errors.ts';
import { invalid } from '../../http/routing/validate.ts';
import type { KnownRubric, Rubrics } from './rubric.ts';
import { findInForce, findText } from './rubric-store.ts';

/** Of challenges, kept in memory. */
const MOST_KEPT = 100;

const ofService = new Map(
  rubricVersions.flatMap((version): [string, KnownRubric][] => {
    const rubric = loadRubric(version);
    return rubric === undefined ? [] : [[version, { rubric, asked: version }]];
  }),
);

/** Newest first. */
export const serviceRubrics = (): KnownRubric[] => [...ofService.values()];

/** @returns undefined where the service has none of this version */
export const serviceRubric = (version: string): KnownRubric | undefined => ofService.get(version);

/** The newest of the service. */
export function defaultRubric(): KnownRubric {
  const known = ofService.get(rubricVersions[0]);
  if (known === undefined) throw new Error('The service has no rubric.');
  return known;
}

/** Of the rubric by which a challenge is judged now. */
export async function versionInForce(em: SqlEntityManager, challenge: string): Promise<string> {
  const own = await findInForce(em, challenge);
  return own?.version ?? defaultRubric().rubric.data.version;
}

export function createRubrics(): Rubrics {
  const ownOf = createOwnRubrics(MOST_KEPT);

  const known = ({ version, base, challenge, changes }: OwnRubric): KnownRubric | undefined => {
    const asked = { version, base, challenge, changes };
    const rubric = ownOf(asked);
    return rubric === undefined ? undefined : { rubric, asked };
  };
  const named = async (em: SqlEntityManager, version: string, challenge: string) => {
    const own = ownVersion.test(version) ? await findText(em, version) : undefined;
    if (own === undefined) throw notPublished('is not the version of a published rubric');
    if (own.challenge !== challenge) throw notPublished('is the rubric of another challenge');
    if (!own.published) throw notPublished('is a draft');
    return own;
  };
  return {
    known,
    async judging(em, { rubric: version, challenge = '' }) {
      const service = version === undefined ? undefined : ofService.get(version);
      if (service !== undefined) return service;
      if (version !== undefined) return have(known(await named(em, version, challenge)), version);
      if (challenge === '') return defaultRubric();
      const own = await findInForce(em, challenge);
      return own === undefined ? defaultRubric() : have(known(own), own.version);
    },
    async check(em, { rubric: version, challenge = '' }) {
      if (version === undefined || ofService.has(version)) return;
      await named(em, version, challenge);
    },
    async byVersion(em, version) {
      if (!ownVersion.test(version)) return ofService.get(version);
      const own = await findText(em, version);
      return own === undefined ? undefined : known(own);
    },
  };
}

function have(known: KnownRubric | undefined, version: string): KnownRubric {
  if (known !== undefined) return known;
  throw new AppError(
    'CONFLICT',
    `The rubric ${version} changes one which this version of the service has not: publish another one for the challenge.`,
  );
}

function notPublished(message: string): AppError {
  return invalid('The request body does not fit the schema.', [
    { pointer: '/options/rubric', message, code: 'custom' },
  ]);
}
