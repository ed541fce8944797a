import type { NativeEngine } from './native.js';
import type { BackendCandidate, BackendName } from './types.js';

/** What `backend: 'auto'` has found out besides. */
export interface SelectionFindings {
  wasmMs?: number | undefined;
  reason?: string | undefined;
  retryAt?: number | undefined;
}

type NativeStatus = ReturnType<NativeEngine['status']>;

/** What was found out about WebGL in the precision that answers. */
export const trialOf = ({ mode, acceleration }: NativeStatus) =>
  mode === 'int8' ? acceleration?.int8 : acceleration?.fp32;

/** Whether WebGL executes a part of the model in the precision that answers. */
export const hasWebglPart = (status: NativeStatus): boolean =>
  status.isAccelerated && (trialOf(status)?.operators ?? 0) > 0;

/**
 * What could execute the model in service, with what is known of it: `candidates` as the page has them, the engine's status
 * and what the selection says.
 */
export function candidatesOf(
  candidates: readonly BackendCandidate[],
  status: NativeStatus,
  { wasmMs, reason, retryAt }: SelectionFindings,
): BackendCandidate[] {
  const trial = trialOf(status);
  // Before there is a model the one that was asked for is what will execute it.
  const runsWebgl = trial ? hasWebglPart(status) : isChosen(candidates, 'webgl');
  const whyNot = reason ?? trial?.refusal ?? (status.isAccelerated ? undefined : status.accelerationError);
  const measured = { wasm: trial?.wasmMs || wasmMs, webgl: trial?.webglMs, cpu: undefined };
  const runsWasm = isChosen(candidates, 'wasm') || isChosen(candidates, 'webgl');
  return candidates.map((candidate) => {
    const { name } = candidate;
    const medianMs = measured[name];
    const chosen = name === 'webgl' ? runsWebgl : name === 'wasm' ? runsWasm && !runsWebgl : candidate.chosen;
    return {
      ...candidate,
      chosen,
      ...(medianMs && { medianMs }),
      ...(name === 'webgl' && trial?.right !== undefined && { right: trial.right }),
      ...(name === 'webgl' && !chosen && candidate.available && whyNot && { reason: whyNot }),
      ...(name === 'webgl' && retryAt !== undefined && { retryAt }),
    };
  });
}

const isChosen = (candidates: readonly BackendCandidate[], name: BackendName) =>
  candidates.some((candidate) => candidate.name === name && candidate.chosen);
