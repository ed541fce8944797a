// Brings a machine with Node, npm and git to the point where everything can be built. What is done already is skipped.
// As a program: node tools/setup.mjs [group…], by default every group of system packages.
import { pathToFileURL } from 'node:url';
import { delimiter } from 'node:path';
import { StepError, cleanEnvironment, main } from './processes.mjs';
import { setUpEmscripten } from './setup/emscripten.mjs';
import { writeEnvironmentFile } from './setup/environment-file.mjs';
import { setUpNpmPackages } from './setup/npm-packages.mjs';
import { packageGroups, setUpSystemPackages } from './setup/system-packages.mjs';

const report = (text) => console.log(`• ${text}`);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new StepError(`Node ${process.versions.node} is too old.`, 'Install Node 20.19 or newer.');
}

// Returns the environment in which compilers and tools are to be run.
export async function setUp(groups) {
  checkNode();
  await setUpSystemPackages(groups, report);
  await setUpNpmPackages(report);
  const emscripten = await setUpEmscripten(report);
  writeEnvironmentFile(emscripten);
  const path = [...emscripten.folders, process.env.PATH].join(delimiter);
  return cleanEnvironment({ ...emscripten.variables, PATH: path });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const groups = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(packageGroups);
    const unknown = groups.find((group) => !(group in packageGroups));
    if (unknown) {
      throw new StepError(`Unknown group ${unknown}.`, `Groups: ${Object.keys(packageGroups).join(', ')}.`);
    }
    const environment = await setUp(groups);
    report(
      `ready; for a shell of your own: source .toolchain/env.sh (Emscripten in ${environment.ALICE_EMSCRIPTEN})`,
    );
  });
}
