/**
 * What npm scripts ask first: can this Node.js run the service, and are its packages there? In plain
 * JavaScript that any Node.js reads, since the ones it refuses know no TypeScript.
 *
 * `node ./src/check-runtime.cjs [dev]`: with `dev`, the packages for development, too.
 * Ends with 1 and one sentence when something is missing.
 */
'use strict';
const { existsSync } = require('fs');
const { join } = require('path');

const root = join(__dirname, '..');
const has = (name) => existsSync(join(root, 'node_modules', name, 'package.json'));
const needed = Number(/\d+/.exec(require('../package.json').engines.node)[0]);
const running = process.versions.node;

function complaint() {
  if (!has('koa')) {
    return 'The packages are not installed. Run this first: npm ci';
  }
  if (process.argv[2] === 'dev' && !has('mocha')) {
    return 'The packages for development are not installed. Run this first: npm ci --include=dev';
  }
  if (Number(running.split('.')[0]) < needed) {
    // The package `node` has its program only after its install script.
    const command = has('node') ? 'npm rebuild node' : 'npm ci --include=dev';
    return (
      `This is Node.js ${running}, and the service needs ${needed} or newer. ` +
      `Run this, which installs one beside the packages: ${command}`
    );
  }
  return null;
}

const sentence = complaint();
if (sentence !== null) {
  process.stderr.write(`\n${sentence}\n\n`);
  process.exitCode = 1;
}
