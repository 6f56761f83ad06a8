/** The interactive reference: Swagger UI from its package, served by us, under a policy of its own. */
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '../../errors.ts';
import { route, type Route, type RouteTag } from './route.ts';
import { z } from 'zod';

const START = `window.addEventListener('load', () => {
  SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null });
});`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sono-Eval API reference</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="reference"></div>
<noscript>The interactive reference needs JavaScript; the document is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>${START}</script>
</body>
</html>
`;

/** Only our own files and the one inline script. Swagger UI draws its icons as data: images and sets inline styles. */
const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(START).digest('base64')}'`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The package's own entry would load the whole browser bundle into this process. */
const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const assets = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
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
        body: PAGE,
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
          mediaTypes: [...assets.values()].map((type) => type.replace(/;.*/, '')),
        },
      },
      errors: ['NOT_FOUND'],
      handle({ params }) {
        const type = assets.get(params.asset);
        if (type === undefined) throw new AppError('NOT_FOUND', 'No such file.');
        return {
          status: 200,
          body: readFileSync(join(folder, params.asset)),
          headers: { 'Content-Type': type, 'Cache-Control': 'public, max-age=86400' },
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
