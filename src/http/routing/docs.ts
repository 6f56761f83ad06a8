/** The interactive reference: Swagger UI from its package, served by us, under a policy of its own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '../../errors.ts';
import { route, type Route, type RouteTag } from './route.ts';
import { z } from 'zod';

/** Only our own files. Swagger UI draws its icons as data: images and writes attributes of style. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The package's own entry would load the whole browser bundle into this process. */
const bundle = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const own = join(import.meta.dirname, 'reference');

const assets = new Map([
  ['swagger-ui.css', { folder: bundle, type: 'text/css; charset=utf-8' }],
  ['swagger-ui-bundle.js', { folder: bundle, type: 'text/javascript; charset=utf-8' }],
  ['favicon-32x32.png', { folder: bundle, type: 'image/png' }],
  ['page.css', { folder: own, type: 'text/css; charset=utf-8' }],
  ['page.js', { folder: own, type: 'text/javascript; charset=utf-8' }],
]);

const tag: RouteTag = {
  name: 'Reference',
  description: 'What this service can be asked, for people and for programs.',
};
const facts = { method: 'get', tag, access: 'public', cost: 0, body: 'none' } as const;

/** @param document the OpenAPI document, asked for when it is served */
export function docsRoutes(document: () => unknown): Route[] {
  return [
    route({
      ...facts,
      path: '/docs',
      operationId: 'getReference',
      summary: 'Interactive reference',
      description: 'A page on which every operation can be read and tried.',
      reply: 'text',
      responses: {
        200: { description: 'A page', schema: z.string(), mediaTypes: ['text/html'] },
      },
      handle: () => ({
        status: 200,
        body: readFileSync(join(own, 'page.html'), 'utf8'),
        headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY },
      }),
    }),
    route({
      ...facts,
      path: '/docs/:asset',
      operationId: 'getReferenceAsset',
      summary: 'Files of the interactive reference',
      description: 'Style, script and icon of the page at /docs.',
      params: z.object({
        asset: z.string().meta({ description: 'Name of the file', examples: ['swagger-ui.css'] }),
      }),
      reply: 'bytes',
      responses: {
        200: {
          description: 'A file',
          schema: z.unknown(),
          mediaTypes: ['text/css', 'text/javascript', 'image/png'],
        },
      },
      errors: ['NOT_FOUND'],
      handle({ params }) {
        const asset = assets.get(params.asset);
        if (asset === undefined) throw new AppError('NOT_FOUND', 'No such file.');
        return {
          status: 200,
          body: readFileSync(join(asset.folder, params.asset)),
          headers: { 'Content-Type': asset.type, 'Cache-Control': 'public, max-age=86400' },
        };
      },
    }),
    route({
      ...facts,
      path: '/openapi.json',
      operationId: 'getOpenApiDocument',
      summary: 'OpenAPI 3.1 of this service',
      description: 'This document, made of the schemas that validate requests.',
      reply: 'json',
      responses: {
        200: { description: 'The document', schema: z.record(z.string(), z.unknown()) },
      },
      handle: () => ({ status: 200, body: document() }),
    }),
  ];
}
