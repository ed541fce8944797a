// The C++ side: configures a preset when something it depends on changed, and builds targets of it.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildFolder, inRoot, root } from '../paths.mjs';
import { run } from '../processes.mjs';
import { isStamped, keyOf, stamp } from '../setup/stamp.mjs';

export const presetFolder = (preset) => join(buildFolder, preset);

export async function configure(preset, environment) {
  const folder = presetFolder(preset);
  const key = keyOf(root, environment.ALICE_EMSCRIPTEN, readFileSync(inRoot('CMakePresets.json')));
  const stampFile = join(folder, '.configured');
  if (isStamped(stampFile, key) && existsSync(join(folder, 'build.ninja'))) return;
  await run('cmake', ['--fresh', '--preset', preset], {
    env: environment,
    hint: 'See the message of CMake above; `npm run setup` brings what is missing.',
  });
  stamp(stampFile, key);
}

export async function buildTargets(preset, targets, environment) {
  await configure(preset, environment);
  const jobs = String(availableParallelism());
  await run('cmake', ['--build', '--preset', preset, '--parallel', jobs, '--target', ...targets], {
    env: { ...environment, NINJA_STATUS: `[${preset} %f/%t] ` },
    hint: 'See the first error above.',
  });
}
