// The verdict on one scenario of the suite: from the checks that it has written down, not from what
// it says.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { at, finished, programOf } from './parts.mjs';

export const suites = {
  newest: '@modelcontextprotocol/conformance',
  latest: 'conformance-latest',
};
const play = (suite, args, more) =>
  finished(process.execPath, [programOf(suites[suite], 'conformance'), ...args], 180_000, more);

// A scenario that has checked nothing is red, as one that is not there.
export function judged(checks = []) {
  const good = checks.filter((one) => one.status === 'SUCCESS').length;
  const bad = checks.filter((one) => one.status === 'FAILURE');
  const why = bad.map((one) => `${one.id} ${one.errorMessage ?? ''}`).join('; ') || (good === 0 ? 'it has checked nothing' : '');
  return { good, why, warned: checks.filter((one) => one.status === 'WARNING').map((one) => one.id) };
}

// Names that the suite requires of a server.
export async function required(suite, wanted) {
  const { said } = await play(suite, ['list', '--server', ...wanted]);
  const names = said.split(/^Client scenarios/m)[0].matchAll(/^ {2}- (\S+)/gm);
  return [...names].map((found) => found[1]);
}

// What `folder` holds: the checks of each scenario, by its name.
export function read(folder, prefix = '') {
  const seen = new Map();
  for (const one of readdirSync(folder)) {
    const scenario = /^(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(one)?.[1];
    const file = join(folder, one, 'checks.json');
    if (scenario?.startsWith(prefix) && existsSync(file))
      seen.set(scenario.slice(prefix.length), JSON.parse(readFileSync(file)));
  }
  return seen;
}

async function played(suite, side, args, more) {
  const out = mkdtempSync(join(at, 'out-'));
  const { code, said, told } = await play(suite, [side, ...args, '-o', out], more);
  const seen = read(out, side === 'server' ? 'server-' : '');
  rmSync(out, { recursive: true });
  return { seen, code, ended: `(${code}) ${(said + told).slice(-700)}` };
}
export const playServer = (suite, url, wanted) => played(suite, 'server', ['--url', url, ...wanted]);
export const playClient = (command, scenario, revision) =>
  played('newest', 'client', ['--command', command, '--scenario', scenario, '--spec-version', revision]);
