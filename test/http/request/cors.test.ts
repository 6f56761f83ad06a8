import assert from 'node:assert/strict';
import { isAllowedOrigin } from '#src/http/request/cors.ts';

const hosts = ['app.example.com', 'localhost'];

describe('CORS origins', () => {
  for (const [origin, production, allowed] of [
    ['https://app.example.com', true, true],
    ['http://app.example.com', true, false],
    ['http://app.example.com', false, true],
    ['http://localhost:5173', false, true],
    ['https://app.example.com:444', true, false],
    ['https://app.example.com.evil.test', true, false],
    ['https://evilapp.example.com', true, false],
    ['https://app.example.com@evil.test', true, false],
    ['https://APP.example.com', true, false],
    ['null', true, false],
    ['', true, false],
    ['ftp://app.example.com', false, false],
    ['https://app.example.com/', true, false],
  ] as const) {
    it(`${allowed ? 'allows' : 'refuses'} ${origin || 'no origin'} in ${production ? 'production' : 'development'}`, () => {
      assert.equal(isAllowedOrigin(origin, hosts, production), allowed);
    });
  }
});
