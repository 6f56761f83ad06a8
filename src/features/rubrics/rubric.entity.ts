import { defineEntity, p } from '@mikro-orm/core';
import type { RubricChanges } from '../../engine/rubric-changes.ts';
import type { StoredProblem } from '../../http/problems.ts';

const id = (length: number) => p.string().columnType(`varchar(${length})`).collation('C');

/** A challenge's own rubric: what is otherwise than in `base`. It never changes; what it is for does. */
export const RubricEntity = defineEntity({
  name: 'Rubric',
  tableName: 'rubrics',
  indexes: [
    { properties: ['challenge', 'inForceAt'] },
    { properties: ['createdAt', 'version'] },
    { properties: ['challenge', 'createdAt', 'version'] },
  ],
  properties: {
    /** Made of what it says: see `versionOf`. */
    version: id(20).primary(),
    base: id(7),
    challenge: id(100),
    title: p.string().columnType('varchar(200)'),
    changes: p.json<RubricChanges>().columnType('json'),
    createdBy: id(64).fieldName('created_by'),
    createdAt: p.datetime(3).fieldName('created_at'),
    /** The first time; null: a draft. */
    publishedAt: p.datetime(3).fieldName('published_at').nullable(),
    publishedBy: id(64).fieldName('published_by').nullable(),
    /** The last time that it was published; the newest of a challenge judges it. */
    inForceAt: p.datetime(3).fieldName('in_force_at').nullable(),
    /** Of its last canary, null where there was none: the queue's id, and the rubric and engine it was compared by. */
    canaryJob: p.uuid().fieldName('canary_job').nullable(),
    canaryAgainst: id(20).fieldName('canary_against').nullable(),
    canaryEngine: id(20).fieldName('canary_engine').nullable(),
    canaryBegunAt: p.datetime(3).fieldName('canary_begun_at').nullable(),
    canaryFinishedAt: p.datetime(3).fieldName('canary_finished_at').nullable(),
    canaryProblem: p
      .json<StoredProblem>()
      .columnType('json')
      .fieldName('canary_problem')
      .nullable(),
  },
});
