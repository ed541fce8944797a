// The kernels by themselves and the limits of the instruction set, from the module of bench/kernels: no package around
// them. Its C++ tests judge the results.

export const name = 'kernels';
const runsIn = ['page', 'node'];
const builds = ['relaxed', 'simd128'];
const modules = new Map();

/** { module, url } of a build. */
export async function moduleOf(build, files) {
  const url = `${files.folderOf('kernels')}alice-kernels-${build}.mjs`;
  if (!modules.has(build)) {
    modules.set(
      build,
      import(/* @vite-ignore */ url).then(({ default: create }) => create()),
    );
  }
  return { module: await modules.get(build), url };
}

const isFloat = ({ name, operation }) => operation === 'fp32' || name.startsWith('f32');

function variantOf(kind, part) {
  const { name: title, operation, isa } = part;
  const precision = isFloat(part) ? 'fp32' : 'int8-dynamic';
  const id = [name, isa, operation, title].join('/');
  return { id, contestant: name, title, runsIn, kind, operation, isa, precision };
}

/** The peaks and every kernel, each from the build for its own instructions. */
export async function variants(files) {
  const all = [];
  for (const build of builds) {
    const { module } = await moduleOf(build, files);
    const { peaks, kernels } = JSON.parse(module.describe());
    const isOwn = ({ isa }) => isa === build;
    all.push(...peaks.filter(isOwn).map((peak) => variantOf('peak', peak)));
    all.push(...kernels.filter(isOwn).map((kernel) => variantOf('kernel', kernel)));
  }
  return all;
}

// As many repetitions as take half a millisecond, and their multiply-adds.
function peakOf(module, name) {
  for (let reps = 1000; ; reps *= 2) {
    const begin = performance.now();
    const macs = module.runPeak(name, reps);
    if (performance.now() - begin > 0.5) return { macs, run: () => module.runPeak(name, reps) };
  }
}

export async function load({ kind, isa, title }, row, files) {
  const { module } = await moduleOf(isa, files);
  if (kind === 'peak') return { isSync: true, ...peakOf(module, title) };
  return {
    isSync: true,
    // The module holds one problem at a time.
    before() {
      if (!module.prepare(title, row.rows, row.n, row.k)) throw new Error(`${title} refuses this product.`);
    },
    run: () => module.run(1),
  };
}
