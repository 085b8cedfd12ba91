/**
 * The `main.cjs` of an image: runs the program beside it, `program.cjs`, from what V8 has compiled of it, `program.compiled`. Node's own
 * cache of compiled code has only what is compiled before anything runs; this one has each function that a start and an answer need.
 * Made with `node main.cjs keep`, by the same Node with the same flags; one that does not fit is compiled anew.
 *
 * @module
 */
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { get } = require('node:http');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { debuglog } = require('node:util');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const file = join(__dirname, 'program.cjs');
const compiled = join(__dirname, 'program.compiled');
const before = '(function (exports, require, module, __filename, __dirname) {';

/** What V8 makes of the program; it is written in ASCII. */
const compile = (cachedData) =>
  new Script(`${before}${readFileSync(file, 'latin1')}\n})`, {
    filename: file,
    columnOffset: -before.length,
    cachedData,
  });

const start = (script) => script.runInThisContext()(exports, require, module, file, __dirname);

function readCompiled() {
  try {
    return readFileSync(compiled);
  } catch {
    return undefined;
  }
}

/** Lets the program start on a free port and answer, with servers that are away, and keeps what was compiled for that. */
function keep(port) {
  const nowhere = 'http://127.0.0.1:1';
  Object.assign(process.env, {
    ...{ MONGODB_URL: 'mongodb://127.0.0.1:1', NATS_URL: 'nats://127.0.0.1:1' },
    ...{ TAGS_URL: nowhere, ASSEMBLERS_URL: nowhere, REGISTRY_URL: nowhere },
    ...{ HOST: '127.0.0.1', PORT: port, LOG_LEVEL: 'silent' },
  });
  const script = compile();
  process.once('exit', () => {
    // As it is when the program is read again; what differs would turn it away.
    setFlagsFromString('--allocation-site-pretenuring');
    setFlagsFromString('--memory-reducer-gc-count=2');
    writeFileSync(compiled, script.createCachedData());
  });
  // A program that needs other settings than these ends by itself; so much of it is compiled all the same.
  process.once('uncaughtException', () => process.exit(0));
  start(script);
  const ask = (path) =>
    get({ host: '127.0.0.1', port, path }, (answer) => answer.resume()).on('error', () => {});
  setTimeout(() => ['/readyz', '/api/v1/tags/a', '/v1/assemblers/a.json'].forEach(ask), 500);
  setTimeout(() => process.exit(0), 1_500);
}

if (process.argv[2] === 'keep') {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => keep(port));
  });
} else if (process.sourceMapsEnabled) {
  // Node looks for the map of lines of what it has loaded itself only.
  require(file);
} else {
  const script = compile(readCompiled());
  debuglog('muster')('program.compiled is %s', script.cachedDataRejected === false ? 'used' : 'not used');
  start(script);
}
