// npm run schemes: every scheme on real models, through the npm package, as the table docs/schemes.md. Models and inputs that
// are not the project's own come from ALICE_SHARED, by default the folder `shared` beside the project; where they are
// missing the table is printed and not written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  BEHAVIOR_CLASSES,
  DEFAULT_QUANTIZATION_CONFIG,
  createEngine,
  extractFeatures,
  generateTrajectory,
  loadRuntime,
} from 'alice-quant';
import { readGraph } from '../tools/golden/onnx-bytes.mjs';

const rootFile = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const shared = process.env.ALICE_SHARED ?? rootFile('../shared');
const page = rootFile('docs/schemes.md');

function unseenTrajectories() {
  // The base seed of the test split (src/behavior/labeled_sample.h).
  const firstSeed = 2 * 2 ** 32;
  return Array.from({ length: 3000 }, (_, i) => {
    const label = i % BEHAVIOR_CLASSES.length;
    const points = generateTrajectory(BEHAVIOR_CLASSES[label], firstSeed + i, { split: 'test' });
    return { label, row: extractFeatures(points).features };
  });
}

const classifier = (name) => ({
  name,
  load: () => ({
    bytes: readFileSync(rootFile(`models/${name}.onnx`)),
    calibration: JSON.parse(readFileSync(rootFile('calibration-data/standard-1000.json'), 'utf8')),
    samples: unseenTrajectories(),
  }),
});

const digits = {
  name: 'mnist',
  path: `${shared}/models/mnist__ortweb-demo_opset7.onnx`,
  load() {
    const pixels = readFileSync(`${shared}/data/mnist-1000-images.u8`);
    const labels = readFileSync(`${shared}/data/mnist-1000-labels.u8`);
    const samples = Array.from({ length: labels.length }, (_, i) => ({
      label: labels[i],
      row: Float32Array.from(pixels.subarray(i * 784, (i + 1) * 784)),
    }));
    // Every fifth image chooses the ranges.
    const calibration = samples.filter((_, i) => i % 5 === 0).map(({ row }) => row);
    return { bytes: readFileSync(this.path), calibration, samples };
  },
};

// The four measures of an iris, evenly over what iris flowers have (cm). They have no labels.
const irises = {
  name: 'iris-mlp',
  path: `${shared}/models/iris-mlp__Network.onnx`,
  load() {
    const ranges = [
      [4.3, 7.9],
      [2.0, 4.4],
      [1.0, 6.9],
      [0.1, 2.5],
    ];
    // Weyl's sequence: the fractions of multiples of irrational numbers.
    const rows = Array.from({ length: 1200 }, (_, i) =>
      Float32Array.from(
        ranges,
        ([low, high], k) => low + (high - low) * ((i * Math.sqrt([2, 3, 5, 7][k])) % 1),
      ),
    );
    const calibration = rows.slice(0, 200);
    return { bytes: readFileSync(this.path), calibration, samples: rows.slice(200).map((row) => ({ row })) };
  },
};

/** Numbers of a standard normal distribution: Box–Muller over Weyl's sequences of the golden ratio and of √2. */
function normals() {
  let i = 0;
  return () => {
    ++i;
    const u = (i * 0.6180339887498949) % 1;
    const v = (i * Math.SQRT2) % 1;
    return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
  };
}

// A trained agent of Unity's ML-Agents: observations → actions. The model begins by taking the mean of the observations that
// it was trained on and dividing by their deviation; its inputs here are drawn from just those.
const agent = (name) => ({
  name,
  path: `${shared}/models/mlagents__${name}.onnx`,
  options: { outputs: 'deterministic_continuous_actions' },
  hasClasses: false,
  load() {
    const bytes = readFileSync(this.path);
    const { nodes, initializers } = readGraph(bytes);
    const valuesOf = (op) => initializers.get(nodes.find((node) => node.op === op).inputs[1]).values;
    const [mean, deviation] = [valuesOf('Sub'), valuesOf('Div')];
    const normal = normals();
    const rows = Array.from({ length: 1200 }, () =>
      mean.map((center, k) => center + deviation[k] * normal()),
    );
    return { bytes, calibration: rows.slice(0, 200), samples: rows.slice(200).map((row) => ({ row })) };
  },
});

const models = [
  classifier('behavior-classifier'),
  classifier('behavior-classifier-large'),
  irises,
  digits,
  agent('3DBall'),
  agent('Walker'),
];

const product = (lists) =>
  Object.entries(lists).reduce(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );

const weights = product({
  weightType: ['int8', 'int4', 'fp8e4m3', 'fp8e5m2'],
  weightScheme: ['symmetric', 'asymmetric'],
  weightGranularity: ['per-tensor', 'per-channel', 'per-group'],
});
const weightRanges = product({
  weightType: ['int8', 'int4'],
  weightCalibration: ['min-max', 'percentile', 'kl', 'entropy', 'mse', 'aciq'],
});
const activations = product({
  strategy: ['dynamic', 'static'],
  activationScheme: ['asymmetric', 'symmetric'],
  activationGranularity: ['per-tensor', 'per-token'],
});
const calibrators = product({
  strategy: ['static'],
  calibrationStrategy: ['min-max', 'moving-average', 'percentile', 'kl', 'entropy', 'mse', 'aciq'],
}).concat({ strategy: 'static', calibrationStrategy: 'percentile', calibrationPercentile: 'auto' });

async function measure({ bytes, calibration, samples }, options) {
  const engine = await createEngine({ ...options, maxLatencyMs: Infinity, enableAutoFallback: false });
  try {
    const { error } = await engine.quantize(bytes, calibration);
    if (error && error.stage !== 'quality') return { refused: error.message };
    const sums = { cosine: 0, worst: 1, agree: 0, fp32: 0, int8: 0 };
    for (const { label, row } of samples) {
      const { fp32, int8, similarity } = await engine.compare(row);
      sums.cosine += similarity;
      sums.worst = Math.min(sums.worst, similarity);
      sums.agree += fp32.classIndex === int8.classIndex ? 1 : 0;
      sums.fp32 += fp32.classIndex === label ? 1 : 0;
      sums.int8 += int8.classIndex === label ? 1 : 0;
    }
    const { int8WeightBytes, fp32WeightBytes } = engine.getMemory();
    return { ...sums, count: samples.length, bytes: int8WeightBytes / fp32WeightBytes };
  } catch (error) {
    return { refused: error.message };
  } finally {
    engine.dispose();
  }
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const changes = (options) =>
  Object.entries(options)
    .filter(([name, value]) => DEFAULT_QUANTIZATION_CONFIG[name] !== value)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'the defaults';

async function tableOf(model, loaded, title, rows) {
  const lines = [
    `### ${title}`,
    '',
    '| options | mean cosine | worst | top-1 agreement | accuracy lost | weights |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  const refusals = new Map();
  for (const options of rows) {
    const figures = await measure(loaded, { ...model.options, ...options });
    if (figures.refused !== undefined) {
      refusals.set(figures.refused, [...(refusals.get(figures.refused) ?? []), changes(options)]);
      continue;
    }
    const { count, cosine, worst, agree, fp32, int8, bytes } = figures;
    const cells = [
      changes(options),
      (cosine / count).toFixed(6),
      worst.toFixed(4),
      model.hasClasses === false ? '–' : percent(agree / count),
      fp32 === 0 ? '–' : percent((fp32 - int8) / count),
      percent(bytes),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  for (const [reason, which] of refusals) lines.push('', `Refused (${which.join('; ')}): ${reason}`);
  return lines.join('\n');
}

async function sectionOf(model) {
  const loaded = model.load();
  const { refused } = await measure(loaded, model.options ?? {});
  if (refused !== undefined) return `## ${model.name}\n\nNot run: ${refused}\n`;
  return [
    `## ${model.name}`,
    '',
    `${loaded.samples.length} inputs that chose no range or weight, unless noted above.`,
    '',
    await tableOf(model, loaded, 'Weights', weights),
    '',
    await tableOf(model, loaded, 'Ranges of weights', weightRanges),
    '',
    await tableOf(model, loaded, 'Activations', activations),
    '',
    await tableOf(model, loaded, 'Calibrators', calibrators),
    '',
  ].join('\n');
}

await loadRuntime();
const available = models.filter(({ path }) => path === undefined || existsSync(path));
const sections = [];
for (const model of available) sections.push(await sectionOf(model));
const text = `<!-- Written by npm run schemes; run that. -->

# Schemes compared

INT8 against FP32 for every combination of options, on real models. A row names the options that are not the defaults;
"weights" are the bytes of the quantized weights as executed, of those of the float weights. Of the images of mnist every
fifth also chose the ranges.

${sections.join('\n')}`;
if (available.length === models.length) writeFileSync(page, text);
else process.stdout.write(`${text}\nNot written: ${shared} lacks models.\n`);
