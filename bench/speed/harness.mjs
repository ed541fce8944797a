// What happens inside a place, a page or a Node process: contestants are loaded, judged and timed there. The program that
// drives it (places/) calls the functions by name.
import { contestantOf } from './contestants.mjs';
import * as kernels from './contestants/kernels.mjs';
import * as processors from './contestants/processors.mjs';
import { judge } from './judge.mjs';

// Parts of a package, and of the machine, which give no answers.
const parts = new Map([kernels, processors].map((part) => [part.name, part]));
const moduleOf = ({ contestant }) => parts.get(contestant) ?? contestantOf(contestant).module();

const startOf = (module, row) => (row.kind === 'quantize' ? module.loadQuantizer : module.load);

/**
 * `filesOf(row)`: its model files, as a function of their names, with `floats`, `json` and `folderOf` (a contestant's own
 * files); `freshLoop(id)`: a copy of loop.mjs.
 */
export function harness({ filesOf, freshLoop }) {
  let row;
  let files;
  let inputs;
  const loaded = new Map();

  // A contestant may want its inputs in another order.
  const inputsFor = ({ inputOf }) => (inputOf ? inputs.map(inputOf) : inputs);

  async function answersOf({ run, outputOf, answersAfter }, given) {
    // What is timed may be something else, after which it answers.
    if (answersAfter) await run();
    const outputs = [];
    for (const input of given) outputs.push(answersAfter?.(input) ?? outputOf(await run(input)));
    if (outputs.length === 1) return outputs[0];
    return Float32Array.from(outputs.flatMap((output) => [...output]));
  }

  async function judgeOne({ variant, contender, given }) {
    if (parts.has(variant.contestant)) return null;
    return judge(variant, row, await answersOf(contender, given), await files.floats('expected.f32'));
  }

  return {
    /** Everything that follows is about this row. */
    async enter(newRow) {
      row = newRow;
      files = filesOf(row);
      const values = await files.floats('inputs.f32');
      const size = row.rows * row.k;
      inputs = Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
    },

    /** What stands beside the packages in a row. */
    partVariants: async () => [
      ...(row.kernels ? await kernels.variants(files) : []),
      ...(row.isShared ? processors.variants : []),
    ],

    /** Gives the instruction set that it runs on, where the contestant tells. */
    async load(variant) {
      const module = await moduleOf(variant);
      const contender = await startOf(module, row)(variant, row, files);
      const loop = await freshLoop(`${row.id}/${variant.id}`);
      loaded.set(variant.id, { variant, contender, given: inputsFor(contender), loop });
      return contender.ranOn;
    },

    /** Throws where its answers are wrong. */
    judge: (id) => judgeOne(loaded.get(id)),

    /** One call's time in µs, or the rate in GMAC/s where that is what the row tells. */
    async slice(id, ms) {
      const { contender, given, loop } = loaded.get(id);
      await contender.before?.();
      const time = contender.isSync ? loop.timeCalls : loop.timeAwaited;
      const elapsed = await time(contender.run, given, ms);
      const macs = contender.macs ?? row.macs;
      return macs ? macs / elapsed / 1000 : elapsed;
    },

    /** Import, load, first answer, in ms; of the quantize row only the first quantize(). */
    async loadCold(variant) {
      const begin = performance.now();
      const module = await moduleOf(variant);
      const contender = await startOf(module, row)(variant, row, files);
      const ready = performance.now();
      await contender.run(inputsFor(contender)[0]);
      return performance.now() - (row.kind === 'quantize' ? ready : begin);
    },
  };
}
