import type { Backend } from './loader.js';
import type { NativeEngine } from './native.js';
import type { BackendName, ExecutionMode, PlanStretch } from './types.js';

/**
 * What executes the operators of a model.
 *
 * @param lender The engine that lends a GPU to it: where it does in this mode, that engine executes all of it, on its GPU or not.
 */
export function executionPlan(
  engine: NativeEngine,
  { name }: Backend,
  lender: NativeEngine | undefined,
  mode: ExecutionMode,
): PlanStretch[] {
  const isInt8 = mode === 'int8';
  const own = engine.plan(isInt8);
  const plan = lender && own.some(({ onDevice }) => onDevice) ? lender.plan(isInt8) : own;
  const backendOf = (onDevice: boolean): BackendName =>
    onDevice ? 'webgl' : name === 'webgl' ? 'wasm' : name;
  return plan.map(({ onDevice, operators }) => ({ backend: backendOf(onDevice), operators }));
}
