import { AliceError } from './errors.js';
import type { NativeModule } from './native.js';

/**
 * An instance of a module has ended: by a trap, by the end of the stack, by whatever a native call throws, as what goes wrong in
 * C++ is an outcome and not thrown. What it holds cannot be relied on any more, and nothing is called in it again.
 */
export class ModuleLost extends AliceError {
  constructor(cause: unknown) {
    super('backend_lost', `The engine's module stopped: ${textOf(cause)}.`, {
      hint: 'Call again: another instance of the module, or the next backend, takes its place.',
      cause,
    });
  }
}

const textOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

/** Why an instance is lost, once it is. */
interface Loss {
  cause?: ModuleLost;
}
const losses = new WeakMap<NativeModule, Loss>();

function lossOf(module: NativeModule): Loss {
  const loss = losses.get(module) ?? {};
  losses.set(module, loss);
  return loss;
}

export const isLost = (module: NativeModule): boolean => lossOf(module).cause !== undefined;

/** Takes the instance as lost because of what a call in it has thrown; gives what is to be thrown instead. */
export function moduleLost(module: NativeModule, thrown: unknown): ModuleLost {
  const loss = lossOf(module);
  const lost = (loss.cause ??= new ModuleLost(thrown));
  module._alice_infer = () => {
    throw lost;
  };
  return lost;
}

/** What is given back by these is gone with the instance. */
const GIVING_BACK = new Set(['delete', 'dropDevice', 'cancelQuantize', 'endBatch']);

/** Functions by their names. */
type Callables = Record<string, ((...args: unknown[]) => unknown) | undefined>;

/**
 * From now on whatever embind has made callable of an instance throws {@link ModuleLost}: where it throws at all, and once the
 * instance is lost. `_alice_infer` is left to who calls it.
 */
export function guardModule(module: NativeModule): void {
  const loss = lossOf(module);
  const guard = (owner: Callables, names: readonly string[]) => {
    for (const name of names) {
      const call = owner[name];
      if (typeof call !== 'function') continue;
      owner[name] = function (this: unknown, ...args: unknown[]) {
        if (loss.cause) {
          if (GIVING_BACK.has(name)) return undefined;
          throw loss.cause;
        }
        try {
          return call.apply(this, args);
        } catch (error) {
          // The glue's own, before it has called anything.
          if (error instanceof module.BindingError) throw error;
          const lost = moduleLost(module, error);
          if (GIVING_BACK.has(name)) return undefined;
          throw lost;
        }
      };
    }
  };
  guard(module as unknown as Callables, FUNCTIONS);
  for (const embound of [module.AliceQuantizationEngine, module.FeatureWindow]) {
    guard(embound as unknown as Callables, ['create']);
    const { prototype } = embound as unknown as { prototype: Callables };
    const methods = Object.keys(prototype).filter((name) => name !== 'constructor');
    guard(prototype, [...methods, 'delete']);
  }
}

const FUNCTIONS = [
  'extractFeatures',
  'generateTrajectory',
  'threadEntry',
  'threadLostFlag',
  'trapInThread',
  'makeThread',
];
