#!/usr/bin/env node
/** Runs the program with a Node.js that can: the one that came with the packages where this one is too old. */
'use strict';
const { spawnSync } = require('child_process');
const { existsSync } = require('fs');
const { join } = require('path');

const root = join(__dirname, '../..');
const needed = Number(/\d+/.exec(require(join(root, 'package.json')).engines.node)[0]);
const own = join(root, 'node_modules/node/bin/node');
const isNew = Number(process.versions.node.split('.')[0]) >= needed;
const node = !isNew && existsSync(own) ? own : process.execPath;

const check = spawnSync(node, [join(root, 'src/check-runtime.cjs')], { stdio: 'inherit' });
if (check.status !== 0) process.exit(check.status === null ? 1 : check.status);
const { status } = spawnSync(node, [join(__dirname, 'main.ts')].concat(process.argv.slice(2)), {
  stdio: 'inherit',
});
process.exitCode = status === null ? 1 : status;
