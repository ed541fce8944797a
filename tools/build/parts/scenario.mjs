// What the first file of a module is to do without the rest: everything that a page calls which loads the behaviour classifiers, as float
// models and as quantize() makes them by default, and runs them under supervision. What answers at once has to
// be here; what gives a promise can wait for the rest.
//
//   node scenario.mjs <code of the package> <module> <watched module> <folder for profiles>
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { inRoot } from '../../paths.mjs';
import { perceptrons } from './perceptrons.mjs';

// Node 20 has it behind a flag, later ones always.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

const [, , code, module, watched, profiles] = process.argv;
const alice = await import(join(code, 'index.js'));
const testing = await import(join(code, 'testing.js'));
const { engineInternals } = await import(join(code, 'internals.js'));
const { BEHAVIOR_CLASSES, DEFAULT_QUANTIZATION_CONFIG, createEngine, extractFeatures, generateTrajectory } =
  alice;

const FLOAT_MODELS = ['behavior-classifier', 'behavior-classifier-large'].map((name) =>
  inRoot(`models/${name}.onnx`),
);
const SAMPLES = 300;
const MANY_ROWS = 50_000;
const ROUNDS = 300;
const SLOW_MS = 0.2;
const BATCHES = [1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 50, 100];

const featuresOf = (count) =>
  Array.from({ length: count }, (_, i) => {
    const behavior = BEHAVIOR_CLASSES[i % BEHAVIOR_CLASSES.length];
    return extractFeatures(generateTrajectory(behavior, i)).features;
  });

const flat = (rows) => Float32Array.from(rows.flatMap((row) => [...row]));

const quantizedName = (i) => `${i}.onnx`;

async function makeModels(folder) {
  const classifiers = FLOAT_MODELS.map((path) => ({ bytes: readFileSync(path), rows: featuresOf(SAMPLES) }));
  for (const [i, { bytes, rows }] of [...classifiers, ...perceptrons(SAMPLES)].entries()) {
    const engine = await createEngine({
      maxLatencyMs: Infinity,
      fallbackThreshold: 0,
      maxAccuracyDrop: 1,
    });
    const { error, int8Model } = await engine.quantize(bytes, rows);
    if (error) throw error;
    writeFileSync(join(folder, quantizedName(i)), int8Model);
    engine.dispose();
  }
}

const neverHere = () => {
  throw new Error('what was to be refused was not');
};

function refused(call) {
  try {
    call();
  } catch {
    return;
  }
  neverHere();
}

function inferAll(engine, rows) {
  const result = engine.createResult();
  for (let i = 0; i < ROUNDS; i++) engine.inferInto(rows[i % rows.length], result);
  engine.inferSync(rows[0]);
  engine.getStatus();
  engine.getMetrics();
  engine.getMemory();
}

function inferBatches(engine, rows) {
  for (const count of BATCHES) {
    const values = flat(rows.slice(0, count));
    engine.inferBatchInto(values, count, engine.createBatchResult(count));
    const batch = engine.createBatch(count);
    batch.inputs.set(values);
    batch.infer();
    batch.dispose();
  }
  // The heap grows, and may not.
  engine.createBatch(MANY_ROWS).dispose();
  refused(() => engine.createBatch(100 * MANY_ROWS));
}

// Until the engine has fallen back and come back.
function failAndRecover(engine, rows) {
  if (engine.getStatus().mode !== 'int8') return;
  const operators = engine.getPlan('int8').flatMap((stretch) => stretch.operators);
  const layer = operators.find(({ operator }) => operator === 'Gemm').name;
  testing.integersOf(engine, layer);
  testing.corruptWeights(engine, { layer })();
  const speedUp = testing.slowDown(engine, SLOW_MS);
  inferAll(engine, rows);
  speedUp();
  inferAll(engine, rows);
  testing.throwInKernel(engine, 2);
  inferAll(engine, rows);
}

async function serve(bytes, rows, options) {
  const engine = await createEngine({
    ...DEFAULT_QUANTIZATION_CONFIG,
    ...options,
    maxInferenceMs: SLOW_MS / 2,
  });
  const stop = ['warning', 'fallback', 'probe', 'recovered', 'memory', 'backend'].map((name) =>
    engine.on(name, () => {}),
  );
  engine.getStatus();
  await engine.load(bytes);
  inferAll(engine, rows);
  refused(() => engine.inferSync([1, 2, 3]));
  refused(() => engine.inferSync(rows[0].map(() => NaN)));
  inferBatches(engine, rows);
  refused(() => engine.inferBatchInto(flat(rows), 3, engine.createBatchResult(3)));
  const { native } = engineInternals.get(engine);
  native.measureEffort(1);
  // As load() does while the rest is not there.
  native.rehearse();
  engine.getPlan('fp32');
  engine.getPlan('int8');
  for (const form of ['fp32', 'dynamic', 'qdq']) {
    try {
      engine.exportModel(form);
    } catch {
      // The model has no such form.
    }
  }
  engine.forceFallback(true);
  inferAll(engine, rows);
  engine.forceFallback(false);
  inferAll(engine, rows);
  failAndRecover(engine, rows);
  await engine.load(bytes);
  await engine.load(bytes.subarray(0, bytes.length / 2)).then(neverHere, () => {});
  inferAll(engine, rows);
  for (const end of stop) end();
  engine.dispose();
}

async function multiply(bytes, width, rows) {
  const engine = await createEngine({ monitorInterval: 1, fallbackThreshold: 0, enableAutoFallback: false });
  await engine.load(bytes);
  engine.inferSync(rows.subarray(0, width));
  for (const isFloat of [false, true]) {
    engine.forceFallback(isFloat);
    for (const count of BATCHES) {
      const some = rows.subarray(0, count * width);
      engine.inferBatchInto(some, count, engine.createBatchResult(count));
      const batch = engine.createBatch(count);
      batch.inputs.set(some);
      batch.infer();
      batch.dispose();
    }
  }
  engine.dispose();
}

// An instance is lost, and another goes on for all.
async function lose(files, rows) {
  const engines = [];
  for (const bytes of files) {
    const engine = await createEngine();
    await engine.load(bytes);
    engines.push(engine);
  }
  const window = new alice.FeatureWindow();
  window.push({ x: 0, y: 0, t: 0 });
  const [held, failing] = engines.filter((engine) => engine.getStatus().mode === 'int8');
  held.forceFallback(true);
  testing.throwInKernel(failing);
  failing.inferSync(rows[0]);
  const last = engines.at(-1);
  testing.trap(last);
  for (const engine of engines) inferAll(engine, rows);
  window.push({ x: 1, y: 1, t: 10 });
  if (instances.length < 2) throw new Error('no instance was lost');
  for (const engine of engines) engine.dispose();
}

// Each trajectory behind the one before.
let end = 0;
function later(points) {
  const begin = end;
  end += points.at(-1).t + 1;
  return points.map(({ x, y, t }) => ({ x, y, t: begin + t }));
}

// Messages have numbers of every shape in them.
async function nameNumbers() {
  for (const digits of [1, 10, 5.9, 590, 1234.5, 0.5, 12.3456789, 999999.7, 123456789]) {
    for (const scale of [1, 1e-3, 1e-7, 1e5, 1e250, 1e-250, Infinity]) {
      await createEngine({ maxLatencyMs: -digits * scale }).then(neverHere, () => {});
    }
  }
  await createEngine({ maxLatencyMs: NaN }).then(neverHere, () => {});
}

function watchPointer() {
  const window = new alice.FeatureWindow();
  for (const point of BEHAVIOR_CLASSES.flatMap((behavior) =>
    later(generateTrajectory(behavior, 1, { split: 'test' })),
  )) {
    window.push(point);
    if (window.size > 0) window.extract();
  }
  refused(() => window.push({ x: NaN, y: 0, t: 1e9 }));
  refused(() => window.push({ x: 0, y: 0, t: -1 }));
  for (const wrong of [NaN, Infinity]) {
    refused(() => extractFeatures([{ x: wrong, y: 0, t: 0 }]));
    refused(() => extractFeatures([{ x: 0, y: 0, t: wrong }]));
    refused(() => window.push({ x: 0, y: wrong, t: 0 }));
  }
  window.advance(1e9);
  window.clear();
  window.dispose();
  refused(() =>
    extractFeatures([
      { x: 0, y: 0, t: 1 },
      { x: 0, y: 0, t: 0 },
    ]),
  );
}

// Of the module that is watched: one after the other, where they are lost.
const instances = [];
function keepInstances() {
  const { instantiate, Instance } = WebAssembly;
  const keep = (instance) => {
    instances.push(instance);
    return instance;
  };
  WebAssembly.instantiate = async (source, imports) => keep(await instantiate(source, imports));
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, [source, imports]) => keep(new target(source, imports)),
  });
}

function writeProfiles() {
  instances.forEach(({ exports }, i) => {
    const memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
    const bytes = exports.__write_profile(0, 0);
    // Nothing else is run there any more.
    const at = memory.buffer.byteLength - bytes;
    exports.__write_profile(at, bytes);
    writeFileSync(join(profiles, `${i}`), new Uint8Array(memory.buffer, at, bytes));
  });
}

if (watched === '--make') {
  await alice.loadRuntime(readFileSync(module));
  await makeModels(profiles);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'alice-'));
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), code, module, '--make', folder], {
    stdio: 'inherit',
  });
  const quantized = (i) => readFileSync(join(folder, quantizedName(i)));
  const files = [
    ...FLOAT_MODELS.map((path) => readFileSync(path)),
    ...FLOAT_MODELS.map((_, i) => quantized(i)),
  ];
  const products = perceptrons(BATCHES.at(-1)).map((model, i) => ({
    ...model,
    int8: quantized(FLOAT_MODELS.length + i),
  }));
  rmSync(folder, { recursive: true });
  keepInstances();
  await alice.loadRuntime(readFileSync(watched));
  const rows = featuresOf(100);
  for (const bytes of files) await serve(bytes, rows);
  for (const { bytes, int8, width, rows } of products) {
    for (const each of [bytes, int8]) await multiply(each, width, rows);
  }
  await lose(files, rows);
  // Nothing is as good as that: a warning, a fallback.
  await serve(files.at(-1), rows, { similarityThreshold: 1 });
  await serve(files.at(-1), rows, { similarityThreshold: 1, fallbackThreshold: 1 });
  await nameNumbers();
  watchPointer();
  writeProfiles();
}
