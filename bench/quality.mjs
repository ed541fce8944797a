// npm run quality: INT8 against FP32 on trajectories that neither training nor calibration has seen, through the npm
// package. Ends with exit code 1 when a bound is missed.
import { readFileSync } from 'node:fs';
import { BEHAVIOR_CLASSES, createEngine, extractFeatures, generateTrajectory } from 'alice-quant';

const rows = 6000;
const bounds = { meanCosine: 0.999, disagreement: 0.005 };
// The base seed of the test split (src/behavior/labeled_sample.h); training uses 1, calibration 3.
const firstSeed = 2 * 2 ** 32;

const fileOf = (path) => readFileSync(new URL(`../${path}`, import.meta.url));

function unseenRows() {
  return Array.from({ length: rows }, (_, i) => {
    const label = i % BEHAVIOR_CLASSES.length;
    const points = generateTrajectory(BEHAVIOR_CLASSES[label], firstSeed + i, { split: 'test' });
    return { label, features: extractFeatures(points).features };
  });
}

async function compareOn(engine, samples) {
  const sums = { cosine: 0, worst: 1, differ: 0, fp32Right: 0, int8Right: 0 };
  for (const { label, features } of samples) {
    const { fp32, int8, similarity } = await engine.compare(features);
    sums.cosine += similarity;
    sums.worst = Math.min(sums.worst, similarity);
    sums.differ += fp32.classIndex === int8.classIndex ? 0 : 1;
    sums.fp32Right += fp32.classIndex === label ? 1 : 0;
    sums.int8Right += int8.classIndex === label ? 1 : 0;
  }
  return {
    'mean cosine': sums.cosine / samples.length,
    'worst cosine': sums.worst,
    'top-1 disagreement': sums.differ / samples.length,
    'FP32 accuracy': sums.fp32Right / samples.length,
    'INT8 accuracy': sums.int8Right / samples.length,
  };
}

const calibration = JSON.parse(fileOf('calibration-data/standard-1000.json').toString());
const table = {};
for (const name of ['behavior-classifier', 'behavior-classifier-large']) {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  const { originalSizeBytes, quantizedSizeBytes } = await engine.quantize(
    fileOf(`models/${name}.onnx`),
    calibration,
  );
  const { int8WeightBytes, fp32WeightBytes } = engine.getMemory();
  const figures = await compareOn(engine, unseenRows());
  const { heapBytes } = engine.getMemory();
  table[name] = {
    ...figures,
    'file, bytes': `${originalSizeBytes} → ${quantizedSizeBytes}`,
    'INT8 weights / FP32': int8WeightBytes / fp32WeightBytes,
    'heap, MB': heapBytes / 2 ** 20,
  };
  engine.dispose();
}

console.log(`INT8 against FP32 on ${rows} unseen trajectories`);
const names = Object.keys(table);
const show = (value) => (typeof value === 'number' ? value.toFixed(5) : value);
for (const figure of Object.keys(table[names[0]])) {
  console.log(figure.padEnd(22), ...names.map((name) => show(table[name][figure]).padStart(26)));
}
const missed = names.filter(
  (name) =>
    !(table[name]['mean cosine'] >= bounds.meanCosine) ||
    !(table[name]['top-1 disagreement'] < bounds.disagreement),
);
if (missed.length > 0) {
  console.error(`A bound is missed by ${missed.join(', ')}: ${JSON.stringify(bounds)}`);
  process.exitCode = 1;
}
