// Emscripten: the user's own when it is new enough, otherwise Debian's package of the release after this one's
// machine, unpacked into the project's .toolchain folder with the libraries it needs. Nothing is installed.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root, toolchainFolder } from '../paths.mjs';
import { StepError, capture, run, runQuietly } from '../processes.mjs';
import { findDebianSource } from './debian-source.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';

// The first release whose LLVM emits the final relaxed-SIMD opcodes.
const minimumVersion = [3, 1, 69];
const release = 'trixie';
const packages = ['emscripten', 'binaryen', 'libc6', 'libstdc++6', 'libgcc-s1'];
const llvmFolder = '/usr/lib/llvm-19/bin';
const binaryenTools = [
  'wasm-opt',
  'wasm-emscripten-finalize',
  'wasm-metadce',
  'wasm2js',
  'wasm-ctor-eval',
  'wasm-dis',
  'wasm-as',
  'wasm-split',
  'wasm-merge',
];
const architectures = {
  amd64: { libraries: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { libraries: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

const ownFolder = join(toolchainFolder, 'emscripten');
const ownEmscripten = join(ownFolder, 'usr/share/emscripten');
const ownConfig = join(ownFolder, 'em-config.py');
const ownStamp = join(ownFolder, '.stamp');
const advice = `Or install Emscripten ${minimumVersion.join('.')} or newer yourself and put emcc on PATH or set EMSDK.`;

function versionOf(folder) {
  const file = join(folder, 'emscripten-version.txt');
  if (!existsSync(file) || !existsSync(join(folder, 'cmake/Modules/Platform/Emscripten.cmake'))) return null;
  return readFileSync(file, 'utf8').match(/\d+\.\d+\.\d+/)?.[0] ?? null;
}

function isNewEnough(version) {
  const parts = version.split('.').map(Number);
  const differing = minimumVersion.findIndex((least, index) => parts[index] !== least);
  return differing === -1 || parts[differing] > minimumVersion[differing];
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function usersOwn() {
  const compilers = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'emcc'));
  if (process.env.EMSDK) compilers.push(join(process.env.EMSDK, 'upstream/emscripten/emcc'));
  for (const compiler of compilers.filter(isExecutable)) {
    const folder = dirname(realpathSync(compiler));
    const version = versionOf(folder);
    if (version && isNewEnough(version) && !folder.startsWith(toolchainFolder)) return folder;
  }
  return null;
}

async function unpack(architecture) {
  const source = findDebianSource();
  if (!source)
    throw new StepError('No Debian mirror was found among the apt sources of this machine.', advice);

  const apt = join(toolchainFolder, 'apt');
  rmSync(ownFolder, { recursive: true, force: true });
  rmSync(apt, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial', 'debs']) {
    mkdirSync(join(apt, folder), { recursive: true });
  }
  mkdirSync(ownFolder, { recursive: true });
  const sources = join(apt, `${release}.sources`);
  const signature = source.signedBy ? `Signed-By: ${source.signedBy}\n` : '';
  writeFileSync(
    sources,
    `Types: deb\nURIs: ${source.uri}\nSuites: ${release}\nComponents: main\n${signature}`,
  );

  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(apt, 'lists'),
    'Dir::Cache': join(apt, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Retries': '3',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const hint = `Check the network and run it again. ${advice}`;
  await runQuietly('apt-get', [...options, 'update'], { hint });
  const wanted = packages.map((name) => `${name}/${release}`);
  await run('apt-get', [...options, '-q', 'download', ...wanted], { cwd: join(apt, 'debs'), hint });
  for (const archive of readdirSync(join(apt, 'debs'))) {
    await runQuietly('dpkg', ['-x', join(apt, 'debs', archive), ownFolder], { hint: 'Is the disk full?' });
  }
  rmSync(apt, { recursive: true, force: true });
  for (const unused of ['usr/share/doc', 'usr/share/emscripten/docs']) {
    rmSync(join(ownFolder, unused), { recursive: true, force: true });
  }

  // Binaryen was linked against the newer C library that lies beside it.
  const libraries = join(ownFolder, 'usr/lib', architecture.libraries);
  const loader = join(libraries, architecture.loader);
  for (const tool of binaryenTools) {
    const file = join(ownFolder, 'usr/bin', tool);
    await runQuietly('patchelf', ['--set-interpreter', loader, '--set-rpath', libraries, file]);
  }
  // Emscripten's scripts are CommonJS; without this they would take the project's own package type.
  writeFileSync(join(ownFolder, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(
    ownConfig,
    [
      `LLVM_ROOT = '${llvmFolder}'`,
      `BINARYEN_ROOT = '${join(ownFolder, 'usr')}'`,
      `NODE_JS = '${process.execPath}'`,
      `CACHE = '${join(ownEmscripten, 'cache')}'`,
      '',
    ].join('\n'),
  );
}

function useOf(folder, isOwn) {
  const variables = { ALICE_EMSCRIPTEN: folder };
  if (isOwn) variables.EM_CONFIG = ownConfig;
  if (isOwn && existsSync('/usr/bin/python3')) variables.EMSDK_PYTHON = '/usr/bin/python3';
  return { folders: [folder, join(root, 'node_modules/.bin')], variables };
}

// Returns { folders, variables }: what a build needs in front of PATH and in its environment.
export async function setUpEmscripten(report) {
  const found = usersOwn();
  if (found) return useOf(found, false);

  const architecture = architectures[capture('dpkg', ['--print-architecture'])];
  if (!architecture) {
    throw new StepError(`Emscripten ${minimumVersion.join('.')} or newer was not found.`, advice);
  }
  const key = keyOf(release, packages.join(), binaryenTools.join(), llvmFolder, ownFolder, process.execPath);
  if (!isStamped(ownStamp, key)) {
    report(`fetching Emscripten into ${ownFolder} (240 MB)`);
    await unpack(architecture);
    const version = versionOf(ownEmscripten);
    if (!version || !isNewEnough(version)) {
      throw new StepError(`The mirror's Emscripten is ${version ?? 'unreadable'}, which is too old.`, advice);
    }
    stamp(ownStamp, key);
  }
  return useOf(ownEmscripten, true);
}
