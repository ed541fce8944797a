// npm run bench: single inferences, batches and quantize() of this package in Node, beside onnxruntime-node, in interleaved
// rounds. Prints medians; the ratio of a row is taken within each round, so that a busy machine disturbs both sides alike.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createEngine } from 'alice-quant';
import ort from 'onnxruntime-node';

const rounds = Number(process.argv.includes('--short') ? 3 : 15);
const warmUpMs = process.argv.includes('--short') ? 50 : 1000;
const sliceMs = process.argv.includes('--short') ? 10 : 100;

const fileOf = (path) => readFileSync(new URL(`../${path}`, import.meta.url));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// Mean µs of one call of `work` over `ms` milliseconds.
async function timeFor(ms, work) {
  const begin = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    for (let i = 0; i < 16; i += 1) {
      const pending = work();
      if (pending instanceof Promise) await pending;
    }
    calls += 16;
    elapsed = performance.now() - begin;
  }
  return (elapsed * 1000) / calls;
}

async function contestants(name, calibration) {
  const bytes = fileOf(`models/${name}.onnx`);
  const features = Float32Array.from(calibration.samples[0].features);
  const batch = Float32Array.from(calibration.samples.flatMap((sample) => sample.features));
  const count = calibration.samples.length;

  const int8 = await createEngine({ maxLatencyMs: Infinity });
  await int8.quantize(bytes, calibration);
  const fp32 = await createEngine();
  await fp32.load(bytes);
  const other = await createEngine({ maxLatencyMs: Infinity });
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const run = (data, n) =>
    session.run({ [session.inputNames[0]]: new ort.Tensor('float32', data, [n, features.length]) });

  return {
    'one inference, INT8': () => int8.inferSync(features),
    'one inference, FP32': () => fp32.inferSync(features),
    'one inference, onnxruntime-node FP32': () => run(features, 1),
    [`batch of ${count}, INT8`]: () => int8.inferBatch(batch, count),
    [`batch of ${count}, FP32`]: () => fp32.inferBatch(batch, count),
    [`batch of ${count}, onnxruntime-node FP32`]: () => run(batch, count),
    [`quantize() with ${count} samples`]: () => other.quantize(bytes, calibration),
  };
}

// What the default monitorInterval adds to an INT8 inference, in %: of short slices in turn, so that both find the same
// caches and the same neighbours.
async function monitoringCost(name, calibration) {
  const bytes = fileOf(`models/${name}.onnx`);
  const rows = calibration.samples.map(({ features }) => Float32Array.from(features));
  const engines = [];
  for (const options of [{}, { monitorInterval: 0 }]) {
    const engine = await createEngine({ maxLatencyMs: Infinity, ...options });
    await engine.quantize(bytes, calibration);
    engines.push(engine);
  }
  const costs = [];
  for (let round = 0; round < 25 * rounds; round += 1) {
    const [monitored, unmonitored] = engines.map((engine) => {
      const begin = performance.now();
      for (const row of rows) engine.inferSync(row);
      return performance.now() - begin;
    });
    // The first slices warm up.
    if (round >= 2 * rounds) costs.push(100 * (monitored / unmonitored - 1));
  }
  costs.sort((a, b) => a - b);
  const at = (share) => costs[Math.floor(share * costs.length)];
  return { cost: at(0.5), lowest: at(0.25), highest: at(0.75) };
}

const calibration = JSON.parse(fileOf('calibration-data/standard-1000.json').toString());
console.log(`${cpus()[0].model}, Node ${process.version}, onnxruntime-node ${ort.env.versions.node ?? ''}`);
console.log(`medians of ${rounds} interleaved rounds, µs (lowest–highest)`);
for (const name of ['behavior-classifier', 'behavior-classifier-large']) {
  const works = Object.entries(await contestants(name, calibration));
  const times = new Map(works.map(([label]) => [label, []]));
  for (const [, work] of works) await timeFor(warmUpMs, work);
  for (let round = 0; round < rounds; round += 1) {
    for (const [label, work] of works) times.get(label).push(await timeFor(sliceMs, work));
  }
  console.log(`\n${name}`);
  for (const [label, values] of times) {
    const spread = `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
    console.log(`  ${label.padEnd(42)} ${median(values).toFixed(2).padStart(10)}   (${spread})`);
  }
  const { cost, lowest, highest } = await monitoringCost(name, calibration);
  const range = `${lowest.toFixed(1)}–${highest.toFixed(1)}`;
  console.log(
    `  ${'monitoring, % of an inference'.padEnd(42)} ${cost.toFixed(1).padStart(10)}   (quartiles ${range})`,
  );
}
