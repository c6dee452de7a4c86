// The real parts, each a process of its own that is ended by its own id.

import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';

// Where ./run has installed what package-lock.json pins, so that nothing of npm's lies among our sources.
export const at = process.env.CONFORMANCE_AT;
export const here = import.meta.dirname;
export const lockstep = process.env.LOCKSTEP;
export const installed = createRequire(join(at, 'package.json'));
export const programOf = (folder, name) => {
  const { bin } = installed(`./node_modules/${folder}/package.json`);
  return join(at, 'node_modules', folder, typeof bin === 'string' ? bin : bin[name]);
};
// Some of them keep files below HOME.
export const environment = { ...process.env, HOME: at };

const started = [];
export function end(child) {
  child.removeAllListeners('exit');
  child.kill();
}
export const endAll = () => started.forEach(end);

// The output of a program that ends by itself.
export const finished = (program, args, ms, more = {}) =>
  new Promise((done) => {
    const child = spawn(program, args, { env: { ...environment, ...more }, timeout: ms });
    let said = '';
    let told = '';
    child.stdout.on('data', (piece) => (said += piece));
    child.stderr.on('data', (piece) => (told += piece));
    child.on('close', (code) => done({ code, said, told }));
  });

// A program that runs until the end of this one, once it has said a word that is waited for.
export const begun = (program, args, word, more = {}) =>
  new Promise((done, fail) => {
    const child = spawn(program, args, { env: { ...environment, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    let said = '';
    const hear = (piece) => {
      said = (said + piece).slice(-100_000);
      const found = word.exec(said);
      if (found) done({ child, found: found[1] ?? found[0] });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => fail(new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`)));
  });

export const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

// Our gateway in front of these servers, `NAME: its lines of configuration`.
export async function gatewayFor(servers) {
  const config = join(mkdtempSync(join(at, 'gateway-')), 'gateway.yaml');
  const lines = Object.entries(servers).map(([name, its]) =>
    `  ${name}:\n${Object.entries(its).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join('')}`);
  writeFileSync(config, `model_list: []\nmcp_servers:\n${lines.join('')}`);
  return await begun(lockstep, ['proxy', '--config', config, '--listen', '127.0.0.1:0'], /listening on (http:\S+)/);
}

// Our mock, by a scenario.
export const mockOf = async (scenario, ...more) =>
  (await begun(lockstep, ['serve', scenario, ...more], /^\S+ (http:\S+\/mcp)$/m)).found;

let passed = 0;
let failed = 0;
export function verdict(good, name, why = '') {
  good ? ++passed : ++failed;
  if (!good || process.env.VERBOSE) console.log(`${good ? 'ok    ' : 'FAILED'}  ${name}${why && `: ${why}`}`);
}
export function sum() {
  console.log(`${passed} passed, ${failed} failed`);
  // A client that could not connect may have left something open.
  process.exit(failed ? 1 : 0);
}
