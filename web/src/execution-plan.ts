import type { Service } from './service.js';
import type { BackendName, ExecutionMode, PlanStretch } from './types.js';

/**
 * What executes the operators of a model. Where another engine lends a GPU to it in this mode, that engine executes all of it, on its
 * GPU or not.
 */
export function executionPlan(
  { native, backend: { name }, selection: { lender } }: Service,
  mode: ExecutionMode,
): PlanStretch[] {
  const isInt8 = mode === 'int8';
  const own = native.plan(isInt8);
  const plan = lender && own.some(({ onDevice }) => onDevice) ? lender.plan(isInt8) : own;
  const backendOf = (onDevice: boolean): BackendName =>
    onDevice ? 'webgl' : name === 'webgl' ? 'wasm' : name;
  return plan.map(({ onDevice, operators }) => ({ backend: backendOf(onDevice), operators }));
}
