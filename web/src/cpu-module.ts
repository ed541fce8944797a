import { AliceError } from './errors.js';
import { checkRest, Completion, Rest } from './rest.js';
import { Runtime, type Instance } from './runtime.js';
import { instanceNow } from './wasm-module.js';

const REST = 'alice-cpu.rest.mjs';

/**
 * The engine as plain JavaScript: files of its own, which are fetched here and not before.
 *
 * @throws AliceError `backend_load_failed` where the file cannot be fetched or started.
 */
export async function loadCpuModule(): Promise<Runtime> {
  try {
    const { default: createModule, instantiate, build } = await import('./alice-cpu.mjs');
    const rest = new Rest(() => loadRest(build));
    const now = (): Instance => {
      const { native, exports } = instanceNow(createModule, instantiate);
      const completion = new Completion(rest, exports);
      completion.now();
      return { module: native, completion };
    };
    return await Runtime.load('cpu', { now, later: () => Promise.resolve(now()) });
  } catch (error) {
    throw loadFailed('The JavaScript module', 'alice-cpu.mjs', error);
  }
}

async function loadRest(build: string) {
  try {
    const rest = await import('./alice-cpu.rest.mjs');
    checkRest({ file: REST, build }, rest.build);
    const addTo = (primary: WebAssembly.Exports) => void rest.instantiate({ primary });
    return { addTo, addLaterTo: (primary: WebAssembly.Exports) => Promise.resolve(addTo(primary)) };
  } catch (error) {
    if (error instanceof AliceError) throw error;
    throw loadFailed(REST, REST, error);
  }
}

const loadFailed = (what: string, file: string, cause: unknown) =>
  new AliceError('backend_load_failed', `${what} could not be loaded: ${String(cause)}`, {
    hint: `Serve ${file} beside the package's code.`,
    cause,
  });
