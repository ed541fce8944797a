// An engine in a worker, which has no document: answers the rows that it is sent, by the backend that it is told.
import { createEngine, type CalibrationDataset, type EngineOptions } from 'alice-quant';

/** What the worker is sent. */
export interface WorkerTask {
  options: EngineOptions;
  model: Uint8Array;
  calibration: CalibrationDataset;
  rows: Float32Array[];
}

const work = async ({ options, model, calibration, rows }: WorkerTask) => {
  const engine = await createEngine(options);
  await engine.quantize(model, calibration);
  const answers = rows.map((row) => [...engine.inferSync(row).probabilities]);
  const { backend, webgl } = engine.getStatus();
  engine.dispose();
  return { answers, backend, webgl, hasDocument: 'document' in globalThis };
};

/** What it sends back. */
export type WorkerReport = Awaited<ReturnType<typeof work>>;

addEventListener('message', ({ data }: MessageEvent<WorkerTask>) => {
  work(data).then(
    (report) => postMessage({ report }),
    (error: unknown) => postMessage({ error: String(error) }),
  );
});
