import { createEngine } from 'alice-quant';

const strategies = { 'int8-dynamic': 'dynamic', 'int8-static': 'static' };
// What is measured is INT8 for as long as it takes: nothing ends in a fallback, though the monitor looks as it would.
const steadfast = {
  maxLatencyMs: Infinity,
  maxInferenceMs: Infinity,
  maxMemoryMB: 1024,
  enableAutoFallback: false,
};

/** An engine with the options of a variant, without a model. */
function engineFor({ precision, note }, { macs }) {
  const monitor = macs || note === 'monitor off' ? { monitorInterval: 0 } : {};
  const strategy = strategies[precision];
  return createEngine({ ...steadfast, ...monitor, ...(strategy && { strategy }) });
}

export async function load(variant, row, files) {
  const engine = await engineFor(variant, row);
  const model = await files('fp32.onnx');
  if (variant.precision === 'fp32') await engine.load(model);
  else {
    const result = await engine.quantize(model, await files.floats('calibration.f32'));
    if (!result.success) throw new Error(`quantize(): ${result.error.message}`);
  }
  const mode = variant.precision === 'fp32' ? 'fp32' : 'int8';
  const isOne = row.rows === 1;
  return {
    isSync: isOne,
    run: isOne ? (values) => engine.inferSync(values) : (values) => engine.inferBatch(values, row.rows),
    outputOf(answer) {
      const results = [answer].flat();
      const other = results.find((result) => result.mode !== mode);
      if (other) throw new Error(`Alice answered in ${other.mode} instead of ${mode}.`);
      return Float32Array.from(results.flatMap(({ probabilities }) => [...probabilities]));
    },
  };
}

/** What is timed is quantize() itself; what it answers then is judged. */
export async function loadQuantizer(variant, row, files) {
  const engine = await engineFor(variant, row);
  const model = await files('fp32.onnx');
  const dataset = await files.json('calibration.json');
  return {
    isSync: false,
    async run() {
      const result = await engine.quantize(model, dataset);
      if (!result.success) throw new Error(`quantize(): ${result.error.message}`);
    },
    answersAfter: (values) => engine.inferSync(values).probabilities,
  };
}
