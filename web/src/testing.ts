/**
 * Faults on purpose, for tests and demonstrations of what the engine does about them, and a look at its integers:
 * `alice-quant/testing`. The faults are real:
 * bytes of weights change, codes clip, time passes, exceptions are thrown, memory is refused, the module traps. Only INT8 runs are touched,
 * and but for the budget only until the next model comes: undoing a fault does nothing then, and nothing after dispose().
 */
import type { AliceQuantizationEngine } from './engine.js';
import { AliceError, valueOf } from './errors.js';
import { engineInternals, type EngineInternals } from './internals.js';
import type { NativeEngine } from './native.js';
import type { BackendName } from './types.js';

function internalsOf(engine: AliceQuantizationEngine): EngineInternals {
  const internals = engineInternals.get(engine);
  if (internals) {
    // Where its module is lost, another takes its place with this call.
    engine.getMemory();
    return internals;
  }
  throw new AliceError('not_initialized', 'Faults need an engine that is initialized and not disposed of.');
}

/** Does `undo` at the first call, where the model of now is still in service. */
function untilNextModel(
  engine: AliceQuantizationEngine,
  undo: (native: NativeEngine) => unknown,
): () => void {
  const { modelsServed } = internalsOf(engine);
  let isInPlace = true;
  return () => {
    const internals = engineInternals.get(engine);
    if (isInPlace && internals?.modelsServed === modelsServed) undo(internals.native);
    isInPlace = false;
  };
}

/** Names of the quantized layers of the model in service, first to last, as `layers` of its report has them. */
export function layersOf(engine: AliceQuantizationEngine): string[] {
  internalsOf(engine);
  return engine
    .getReport()
    .layers.filter(({ scheme }) => scheme !== 'float')
    .map(({ name }) => name);
}

/**
 * The integers of a layer in INT8, of the row that the engine took last, but for those of batches: the codes of its input, row
 * after row, and their products with the weights before any correction or scale. Every backend gives the same. Of weights
 * whose columns have several scales there are none; of convolutions in groups, depthwise ones too, there are no codes, nor of any
 * convolution that a GPU executes, for neither lays them out as rows.
 *
 * @returns `byGpu`: whether a GPU has computed them.
 *
 * @throws AliceError `argument_invalid` for a layer that the model does not have.
 */
export function integersOf(
  engine: AliceQuantizationEngine,
  layer: string,
): { codes: Uint8Array; accumulators: Int32Array; byGpu: boolean } {
  return valueOf(internalsOf(engine).native.integersOf(layer));
}

function firstLayerOf(engine: AliceQuantizationEngine): string {
  const [layer] = layersOf(engine);
  if (layer !== undefined) return layer;
  throw new AliceError('argument_invalid', 'The model in service has no quantized layer.');
}

/**
 * Inverts the highest bit of every `every`-th code of a layer's packed INT8 weights.
 *
 * @returns Repairs them.
 * @throws AliceError `argument_invalid` for a layer that the model does not have.
 */
export function corruptWeights(
  engine: AliceQuantizationEngine,
  { layer = firstLayerOf(engine), every = 2 }: { layer?: string; every?: number } = {},
): () => void {
  const flip = (native: NativeEngine) => valueOf(native.corruptWeights(layer, every));
  flip(internalsOf(engine).native);
  return untilNextModel(engine, flip);
}

/**
 * Multiplies the scale that a layer's input is quantized with (strategy static), or the bound that it is clipped to
 * (dynamic): what lies outside is clipped then.
 *
 * @returns Undoes it, to within a rounding; of the bound exactly where `factor` is a power of two.
 * @throws AliceError `argument_invalid` for a layer that the model does not have, or whose input has neither.
 */
export function skewActivations(
  engine: AliceQuantizationEngine,
  { layer = firstLayerOf(engine), factor = 1 / 64 }: { layer?: string; factor?: number } = {},
): () => void {
  const skew = (native: NativeEngine, by: number) => valueOf(native.skewInput(layer, by));
  skew(internalsOf(engine).native, factor);
  return untilNextModel(engine, (native) => skew(native, 1 / factor));
}

/**
 * Loses the WebGL context of engines with `backend: 'webgl'`, which all share it.
 *
 * @returns Asks the browser to bring it back, which it does once the page has had its turn.
 */
export function loseWebglContext(engine: AliceQuantizationEngine): () => void {
  internalsOf(engine).native.loseDevice();
  return () => engineInternals.get(engine)?.native.restoreDevice();
}

/**
 * What a GPU can do wrong: the first int32 sum of every INT8 product that it shows is off by one; the first element of each
 * tensor that it leaves is off, by one code or a thousandth of the largest value; every float has the other sign.
 */
export type DeviceFault = 'sum' | 'element' | 'sign';

/**
 * Makes the GPU of an engine give wrong results, in both precisions: of models that come after the first call, from this
 * one on. Where it is tried while it is wrong it is not chosen; where it becomes wrong later, that is found when the CPU looks
 * at one of its answers, once in 10 · `monitorInterval`.
 *
 * @returns Makes it right again.
 */
export function corruptDevice(engine: AliceQuantizationEngine, fault: DeviceFault): () => void {
  valueOf(internalsOf(engine).native.setDeviceFault(fault));
  return () => void engineInternals.get(engine)?.native.setDeviceFault('none');
}

/**
 * Makes every INT8 run take `ms` longer, in place of what an earlier call said.
 *
 * @returns Undoes it.
 */
export function slowDown(engine: AliceQuantizationEngine, ms: number): () => void {
  valueOf(internalsOf(engine).native.slowDown(ms));
  return untilNextModel(engine, (native) => valueOf(native.slowDown(0)));
}

/** Makes the next `runs` INT8 runs throw, out of the middle of the model. */
export function throwInKernel(engine: AliceQuantizationEngine, runs = 1): void {
  valueOf(internalsOf(engine).native.throwInKernel(runs));
}

/**
 * Makes the next INT8 run trap, out of the middle of the model, which ends the module's instance for all engines of the page.
 *
 * @param options `times`: how often, 1 by default; the others happen in what takes its place. `backend`: only where that one serves.
 *   `thread`: where threads share runs, that one traps instead, from 1 on, when it next takes part in one.
 */
export function trap(
  engine: AliceQuantizationEngine,
  { times = 1, backend, thread }: { times?: number; backend?: BackendName; thread?: number } = {},
): void {
  const internals = internalsOf(engine);
  if (thread !== undefined) return internals.backend.module.trapInThread(thread);
  let left = times;
  const arm = () => {
    if (left === 0 || (backend !== undefined && backend !== internals.backend.name)) return;
    left -= 1;
    valueOf(internals.native.trapInKernel());
  };
  internals.onReplaced = arm;
  arm();
}

/**
 * Sets the memory budget of a running engine; what is held above it is memory pressure.
 *
 * @returns Sets it back to what it was.
 * @throws AliceError `config_invalid`
 */
export function shrinkBudget(engine: AliceQuantizationEngine, maxMemoryMB: number): () => void {
  const { native } = internalsOf(engine);
  const before = native.memory().limitBytes / 2 ** 20;
  valueOf(native.setOption('maxMemoryMB', maxMemoryMB));
  return () => void engineInternals.get(engine)?.native.setOption('maxMemoryMB', before);
}
