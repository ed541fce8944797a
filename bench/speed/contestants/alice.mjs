import { createEngine } from 'alice-quant';

const twoThreads = 'two threads, monitor off';
const strategies = { 'int8-dynamic': 'dynamic', 'int8-static': 'static' };
// What is measured is INT8 for as long as it takes: nothing ends in a fallback, though the monitor looks as it would.
const steadfast = {
  // Nothing looks for a GPU meanwhile.
  backend: 'wasm',
  maxLatencyMs: Infinity,
  maxInferenceMs: Infinity,
  maxMemoryMB: 1024,
  enableAutoFallback: false,
  // As the others: one, but where two are asked for.
  threads: 1,
};

/** An engine with the options of a variant, without a model. */
function engineFor({ precision, note }, { macs, network }) {
  const monitor = macs || note?.endsWith('monitor off') ? { monitorInterval: 0 } : {};
  const strategy = strategies[precision];
  // Of random weights no class stands out.
  const quality = network ? { maxAccuracyDrop: 1 } : {};
  const threads = note === twoThreads ? { threads: 2 } : {};
  return createEngine({ ...steadfast, ...quality, ...monitor, ...threads, ...(strategy && { strategy }) });
}

// Rows that are answered where the engine has them: they are written once.
function callsInPlace(engine, rows, isInt8) {
  const batch = engine.createBatch(rows);
  let written;
  return {
    isSync: true,
    run(values) {
      if (written !== values) batch.inputs.set(values);
      written = values;
      return batch.infer();
    },
    outputOf(answer) {
      for (let row = 0; row < rows; ++row) {
        if (answer.isInt8(row) !== isInt8)
          throw new Error(`Alice did not answer row ${row} as it was asked to.`);
      }
      return answer.probabilities.slice();
    },
  };
}

// The call for a row or several of them, whose results are made anew or reused; a product's are, being one flat array
// everywhere else.
function callsOf(engine, { rows }, isReusing, isInt8) {
  const checked = (wasInt8, values) => {
    if (wasInt8 === isInt8) return values;
    throw new Error(`Alice answered in ${wasInt8 ? 'INT8' : 'FP32'}.`);
  };
  const valuesOf = ({ mode, probabilities }) => checked(mode === 'int8', probabilities);
  if (rows === 1) {
    const result = isReusing && engine.createResult();
    const run = isReusing
      ? (values) => engine.inferInto(values, result)
      : (values) => engine.inferSync(values);
    return { isSync: true, run, outputOf: (answer) => valuesOf(answer).slice() };
  }
  if (!isReusing) {
    const outputOf = (answers) => Float32Array.from(answers.flatMap((answer) => [...valuesOf(answer)]));
    return { isSync: false, run: (values) => engine.inferBatch(values, rows), outputOf };
  }
  const result = engine.createBatchResult(rows);
  return {
    isSync: true,
    run: (values) => engine.inferBatchInto(values, rows, result),
    outputOf: (answer) => checked(answer.isInt8.every(Boolean), answer.probabilities.slice()),
  };
}

export async function load(variant, row, files) {
  // A page that takes the quantized file takes the default options, too.
  const isFinished = row.kind === 'memory' && variant.precision !== 'fp32';
  const engine = isFinished
    ? await createEngine({ backend: 'wasm', threads: 1 })
    : await engineFor(variant, row);
  const model = await files(isFinished ? 'qdq.onnx' : 'fp32.onnx');
  if (isFinished || variant.precision === 'fp32') await engine.load(model);
  else {
    const result = await engine.quantize(model, await files.floats('calibration.f32'));
    if (!result.success) throw new Error(`quantize(): ${result.error.message}`);
  }
  const { count, reason } = engine.getStatus().threads;
  if (variant.note === twoThreads && count !== 2) throw new Error(`Runs are not shared: ${reason}`);
  const isInt8 = variant.precision !== 'fp32';
  const isInPlace =
    variant.note?.startsWith('rows in place') || (row.isPlaced && variant.note === twoThreads);
  const isReusing = row.macs > 0 || variant.note === 'result reused';
  const calls = isInPlace ? callsInPlace(engine, row.rows, isInt8) : callsOf(engine, row, isReusing, isInt8);
  return { ...calls, ranOn: engine.getStatus().isa };
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
