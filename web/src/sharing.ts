import { valueOf } from './errors.js';
import type { Backend } from './loader.js';
import { ModuleLost } from './module-lost.js';
import type { NativeEngine } from './native.js';
import { mostThreads } from './threads-module.js';
import type { ThreadsStatus } from './types.js';

/** What is said of a model until it is known better. */
export const notYetShared = ({ againstThreads }: Pick<Backend, 'againstThreads'>): ThreadsStatus => ({
  count: 1,
  reason: againstThreads ?? 'It has not been measured whether the model gains.',
});

/**
 * Lets threads share the runs of the model in service, where these become faster so; never fails.
 *
 * @param isGone Whether the engine was disposed of meanwhile.
 */
export async function shareRuns(
  native: NativeEngine,
  backend: Backend,
  option: number,
  isGone: () => boolean,
): Promise<ThreadsStatus> {
  const { crew } = backend;
  if (!crew) return notYetShared(backend);
  const most = mostThreads(option);
  try {
    if (!valueOf(native.isWorthSharing())) return { count: 1, reason: 'The model is too small to gain.' };
    const failure = await crew.hire(most).catch((error: unknown) => ({ error }));
    if (failure) return { count: 1, reason: `The threads could not be started: ${String(failure.error)}` };
    if (isGone()) return notYetShared(backend);
    const { threads, aloneMs, sharedMs, refusal } = valueOf(native.share(most));
    return { count: threads, ...(refusal && { reason: refusal }), ...(aloneMs > 0 && { aloneMs, sharedMs }) };
  } catch (error) {
    if (error instanceof ModuleLost) return { count: 1, reason: error.message };
    throw error;
  }
}
