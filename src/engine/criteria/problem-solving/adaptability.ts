import { notApplicable, type Criterion } from '../criterion.ts';

/** Needs an earlier version of the same work to compare with, which one submission never holds. */
export const adaptability: Criterion = () =>
  notApplicable('a first submission: there is no earlier version to compare it with');
