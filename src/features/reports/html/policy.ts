import { createHash } from 'node:crypto';
import { style } from './style.ts';

const hash = createHash('sha256').update(style).digest('base64');

/** Its own style, and nothing from anywhere. */
export const contentPolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;

/** What only a header can say is added. */
export const servedPolicy = `${contentPolicy}; frame-ancestors 'none'`;
