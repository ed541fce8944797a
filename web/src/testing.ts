/**
 * Faults on purpose, for tests and demonstrations of what the engine does about them: `alice-quant/testing`. They are real:
 * bytes of weights change, codes clip, time passes, exceptions are thrown, memory is refused. Only INT8 runs are touched,
 * and only until the next model comes.
 */
import type { AliceQuantizationEngine } from './engine.js';
import { AliceError, valueOf } from './errors.js';
import { nativeEngines } from './internals.js';
import type { NativeEngine } from './native.js';

function nativeOf(engine: AliceQuantizationEngine): NativeEngine {
  const native = nativeEngines.get(engine);
  if (native) return native;
  throw new AliceError('not_initialized', 'Faults need an engine that is initialized and not disposed of.');
}

/** Names of the quantized layers of the model in service, first to last, as `layers` of its report has them. */
export function layersOf(engine: AliceQuantizationEngine): string[] {
  nativeOf(engine);
  return engine
    .getReport()
    .layers.filter(({ scheme }) => scheme !== 'float')
    .map(({ name }) => name);
}

function firstLayerOf(engine: AliceQuantizationEngine): string {
  const [layer] = layersOf(engine);
  if (layer !== undefined) return layer;
  throw new AliceError('argument_invalid', 'The model in service has no quantized layer.');
}

/**
 * Inverts the highest bit of every `every`-th code of a layer's packed INT8 weights.
 *
 * @returns Repairs them; does nothing where another model is in service by then.
 * @throws AliceError `argument_invalid` for a layer that the model does not have.
 */
export function corruptWeights(
  engine: AliceQuantizationEngine,
  { layer = firstLayerOf(engine), every = 2 }: { layer?: string; every?: number } = {},
): () => void {
  const native = nativeOf(engine);
  const report = native.report();
  const flip = () => void valueOf(native.corruptWeights(layer, every));
  flip();
  let isCorrupt = true;
  return () => {
    const isSameModel = nativeEngines.get(engine) === native && sameReport(native.report(), report);
    if (isCorrupt && isSameModel) flip();
    isCorrupt = false;
  };
}

const sameReport = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Multiplies the scale that a layer's input is quantized with (strategy static), or the bound that it is clipped to
 * (dynamic): what lies outside is clipped then.
 *
 * @returns Undoes it, to within a rounding.
 * @throws AliceError `argument_invalid` for a layer that the model does not have, or whose input has neither.
 */
export function skewActivations(
  engine: AliceQuantizationEngine,
  { layer = firstLayerOf(engine), factor = 0.02 }: { layer?: string; factor?: number } = {},
): () => void {
  const native = nativeOf(engine);
  valueOf(native.skewInput(layer, factor));
  return () => void native.skewInput(layer, 1 / factor);
}

/**
 * Makes every INT8 run take `ms` longer.
 *
 * @returns Undoes it.
 */
export function slowDown(engine: AliceQuantizationEngine, ms: number): () => void {
  const native = nativeOf(engine);
  valueOf(native.slowDown(ms));
  return () => void native.slowDown(0);
}

/** Makes the next `runs` INT8 runs throw, out of the middle of the model. */
export function throwInKernel(engine: AliceQuantizationEngine, runs = 1): void {
  valueOf(nativeOf(engine).throwInKernel(runs));
}

/**
 * Sets the memory budget of a running engine; what is held above it is memory pressure.
 *
 * @returns Sets it back to what it was.
 * @throws AliceError `config_invalid`
 */
export function shrinkBudget(engine: AliceQuantizationEngine, maxMemoryMB: number): () => void {
  const native = nativeOf(engine);
  const before = native.memory().limitBytes / 2 ** 20;
  valueOf(native.setOption('maxMemoryMB', maxMemoryMB));
  return () => void native.setOption('maxMemoryMB', before);
}
