// Hands the package, as a page imports it, to whoever drives this one.
import * as alice from 'alice-quant';
import * as testing from 'alice-quant/testing';
import { sweepBudget } from '../../web/test/fixtures/budget-sweep.js';
import { perceptron, rowsFor } from '../../web/test/fixtures/mlp.js';
import { linearModel } from '../../web/test/fixtures/onnx-builder.js';
import type { WorkerReport, WorkerTask } from './worker.js';
import { Watched } from '../../web/test/fixtures/watched.js';

const fetched = async (url: URL) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: status ${response.status}`);
  return response;
};
const bytesOf = async (url: URL) => new Uint8Array(await (await fetched(url)).arrayBuffer());

const models = {
  small: await bytesOf(new URL('../../models/behavior-classifier.onnx', import.meta.url)),
  large: await bytesOf(new URL('../../models/behavior-classifier-large.onnx', import.meta.url)),
};
const calibration = (await (
  await fetched(new URL('../../calibration-data/standard-1000.json', import.meta.url))
).json()) as alice.CalibrationDataset;

/** Does that in a worker. */
function inWorker(task: WorkerTask): Promise<WorkerReport> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<WorkerReport>((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }: MessageEvent<{ report: WorkerReport; error?: string }>) =>
      data.error === undefined ? resolve(data.report) : reject(new Error(data.error));
    worker.postMessage(task);
  }).finally(() => worker.terminate());
}

const page = {
  ...alice,
  ...testing,
  models,
  calibration,
  linearModel,
  perceptron,
  rowsFor,
  inWorker,
  /** What happens to models of these sizes under that budget; needs a page whose engines have done nothing yet. */
  sweep: (maxMemoryMB: number, sizes: readonly number[]) =>
    sweepBudget(alice, maxMemoryMB, perceptron(4096), sizes.map(perceptron)),
  Watched,
  watched: (options?: alice.EngineOptions, model: keyof typeof models = 'small') =>
    Watched.quantized(models[model], calibration, options),
};

declare global {
  interface Window {
    alice: typeof page;
  }
}
window.alice = page;
