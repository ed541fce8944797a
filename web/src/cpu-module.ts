import { AliceError } from './errors.js';
import { Runtime } from './runtime.js';

/**
 * The engine as plain JavaScript: a file of its own, which is fetched here and not before.
 *
 * @throws AliceError `backend_load_failed` where the file cannot be fetched or started.
 */
export async function loadCpuModule(): Promise<Runtime> {
  try {
    const { default: createModule } = await import('./alice-cpu.mjs');
    const now = () => ({ module: createModule() });
    return await Runtime.load('cpu', { now, later: () => Promise.resolve(now()) });
  } catch (error) {
    throw new AliceError(
      'backend_load_failed',
      `The JavaScript module could not be loaded: ${String(error)}`,
      { hint: "Serve alice-cpu.mjs beside the package's code.", cause: error },
    );
  }
}
