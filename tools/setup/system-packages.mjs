// Debian packages, by what they are needed for. Only the missing ones are installed.
import { existsSync } from 'node:fs';
import { findChromium } from '../chromium.mjs';
import { StepError, capture, cleanEnvironment, exitCodeOf, run } from '../processes.mjs';

export const packageGroups = {
  build: [
    'clang-19',
    'lld-19',
    'llvm-19',
    'libc6-dev',
    'libstdc++-12-dev',
    'cmake',
    'ninja-build',
    'patchelf',
    'python3',
    'libprotozero-dev',
    'libsimde-dev',
    'catch2',
  ],
  lint: ['clang-format-19', 'clang-tidy-19'],
  sanitizers: ['libclang-rt-19-dev'],
  browser: ['chromium', 'fonts-dejavu-core'],
  graphics: ['libegl1-mesa-dev', 'libgles2-mesa-dev', 'libgl1-mesa-dri'],
  vectors: ['libonnx-testdata'],
};

export function missingPackages(groups) {
  const wanted = groups.flatMap((group) => {
    if (group === 'browser' && findChromium()) return [];
    return packageGroups[group];
  });
  const listed = capture('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\n']) ?? '';
  const installed = new Set(
    listed.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  );
  return wanted.filter((name) => !installed.has(name));
}

export async function setUpSystemPackages(groups, report) {
  if (!existsSync('/usr/bin/dpkg-query') || !existsSync('/usr/bin/apt-get')) {
    const names = groups.flatMap((group) => packageGroups[group]).join(' ');
    report(`not a Debian system: it must offer what these packages do: ${names}`);
    return;
  }
  const missing = missingPackages(groups);
  if (missing.length === 0) return;

  const line = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid() !== 0) {
    throw new StepError(
      `System packages are missing: ${missing.join(' ')}.`,
      `Run this, then start again:\n\n  sudo ${line}\n`,
    );
  }
  report(`installing ${missing.join(' ')}`);
  const env = cleanEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', '-qq'];
  // A third party's broken source must not stop the set-up: the install says whether the lists are good enough.
  await exitCodeOf('apt-get', [...options, 'update'], { env });
  await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', ...missing], {
    env,
    hint: `Check the network and the apt sources, or run it yourself: ${line}`,
  });
}
