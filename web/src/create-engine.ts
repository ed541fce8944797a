import { AliceQuantizationEngine } from './engine.js';
import type { EngineOptions } from './types.js';

/**
 * Makes an engine and initializes it.
 *
 * @throws AliceError as {@link AliceQuantizationEngine.initialize} does.
 */
export async function createEngine(options?: EngineOptions): Promise<AliceQuantizationEngine> {
  const engine = new AliceQuantizationEngine();
  await engine.initialize(options);
  return engine;
}
