/** Policies are plain data; what each request needs of them is worked out once, at start. */
import { createHash } from 'node:crypto';

export interface Policy {
  /** Label of the metrics, and in headers. */
  name: string;
  /** Requests (or units of cost) admitted in any window. */
  quota: number;
  windowMs: number;
  /** `shadow` counts what it would deny and denies nothing. */
  mode: 'enforce' | 'shadow';
  /** What holds while Redis does not answer: the fallback limiter, nothing, or 503. */
  onStoreError: 'fallback' | 'allow' | 'deny';
  /** Counts the subject itself, or the network around it (the /48 of an IPv6 address). */
  counts: 'subject' | 'network';
}

/** A window is cut into this many cells: memory and precision of every store. */
export const CELLS = 20;

/** Of the windows in Redis: what an older version wrote is not read. */
const FORMAT = 2;

/** The policies of one kind of subject: decided together, all or nothing. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly quotas: readonly number[];
  /** Processes that share the quotas: while Redis is away each admits its share of what is left. */
  readonly instances: number;
  readonly enforced: readonly boolean[];
  /** Policies that a request takes from; the others are only shown. */
  readonly charged: readonly boolean[];
  /** Tells the sets of one subject apart: empty where all are charged. */
  readonly mark: string;
  /** Any policy that refuses when Redis is away. */
  readonly needsStore: boolean;
  readonly longestWindowMs: number;
  /** Indices of the policies that headers may show: the enforced ones, or all when none is. */
  readonly shown: readonly number[];
  /** Of each policy's parameters: a changed policy starts with a clean window. */
  readonly revisions: readonly string[];
  /** The same as 32 bits, to tell the windows of a subject apart. */
  readonly salts: readonly number[];
  /** The script's arguments after the cost: quota, window in µs, `1` when enforced, `0` in shadow, `-` when it is not charged. */
  readonly scriptArguments: readonly string[];
  /** `RateLimit-Policy` */
  readonly header: string;
}

/** @param instances processes that share the quota */
export function createPolicySet(policies: readonly Policy[], instances: number): PolicySet {
  const revisions = policies.map(revision);
  const enforced = policies.map(({ mode }) => mode === 'enforce');
  const indices = policies.map((_, index) => index);
  return {
    policies,
    quotas: policies.map(({ quota }) => quota),
    instances,
    enforced,
    charged: policies.map(() => true),
    mark: '',
    needsStore: policies.some((p) => p.mode === 'enforce' && p.onStoreError === 'deny'),
    longestWindowMs: Math.max(...policies.map(({ windowMs }) => windowMs)),
    shown: enforced.includes(true) ? indices.filter((i) => enforced[i]) : indices,
    revisions: revisions.map((digest) => digest.toString('base64url')),
    salts: revisions.map((digest) => digest.readUInt32LE()),
    scriptArguments: scriptArguments(policies, () => true),
    header: policies
      .map(({ name, quota, windowMs }) => `"${name}";q=${quota};w=${Math.ceil(windowMs / 1000)}`)
      .join(', '),
  };
}

function scriptArguments(policies: readonly Policy[], charged: (i: number) => boolean): string[] {
  return policies.flatMap(({ quota, windowMs, mode }, i) => [
    String(quota),
    String(windowMs * 1000),
    charged(i) ? (mode === 'enforce' ? '1' : '0') : '-',
  ]);
}

/** The same windows, of which only the longest are taken from: what waits in a queue costs no minute. */
export function chargingLongest(set: PolicySet): PolicySet {
  const charged = set.policies.map(({ windowMs }) => windowMs === set.longestWindowMs);
  return {
    ...set,
    charged,
    mark: 'longest',
    scriptArguments: scriptArguments(set.policies, (i) => charged[i] === true),
  };
}

function revision({ name, quota, windowMs }: Policy): Buffer {
  const parameters = JSON.stringify([name, quota, windowMs, CELLS, FORMAT]);
  return createHash('sha256').update(parameters).digest().subarray(0, 6);
}

/** The sets for addresses. */
export interface AddressPolicies {
  v4: PolicySet;
  v6: PolicySet;
}
