// Very many inferences of both classifiers while faults of every kind come and go, models are replaced, loads fail and the
// user holds FP32; every answer, event and count is checked (witness.mjs). The seed decides what happens.
import { readFileSync } from 'node:fs';
import { createEngine } from 'alice-quant';
import {
  corruptWeights,
  layersOf,
  shrinkBudget,
  skewActivations,
  slowDown,
  throwInKernel,
  trap,
} from 'alice-quant/testing';
import { Witness } from './witness.mjs';

const fileOf = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));

const ROWS = 500;
const ROWS_IN_BATCH = 300;
const ROWS_BEYOND_BUDGET = 14_000;
const CALIBRATION_ROWS = 128;
const LATE_MS = 400;
const WASM_PAGE_BYTES = 65_536;
const OPTIONS = {
  maxMemoryMB: 2,
  // Far above what these models take, so that a busy machine is seldom taken for a slow model.
  maxInferenceMs: 1,
  maxLatencyMs: LATE_MS,
  softRecovery: { memoryMB: 2, latencyMs: 1 },
  monitorInterval: 10,
  recoveryCheckInterval: 10,
  fallbackThreshold: 0.95,
  maxAccuracyDrop: 0.05,
};

// mulberry32 (Tommy Ettinger, public domain): numbers in [0, 1).
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const busyFor = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end) continue;
};

class Soak {
  constructor(seed) {
    this.random = randomNumbers(seed);
    this.calls = { single: 0, batch: 0 };
    this.happened = {};
    this.mayTrap = true;
    this.errors = {};
    // Faults of the model in service that can be undone, and the budget.
    this.faults = [];
    this.widen = () => {};
  }

  below = (limit) => Math.floor(this.random() * limit);
  oneOf = (list) => list[this.below(list.length)];

  async start() {
    const { samples } = JSON.parse(fileOf('calibration-data/standard-1000.json').toString());
    const features = samples.map((sample) => Float32Array.from(sample.features));
    this.rows = features.slice(-ROWS);
    this.calibration = features.slice(0, CALIBRATION_ROWS);
    this.width = this.rows[0].length;
    this.values = new Float32Array((ROWS + ROWS_BEYOND_BUDGET) * this.width);
    for (let i = 0; i < ROWS + ROWS_BEYOND_BUDGET; i += 1)
      this.values.set(this.rows[i % ROWS], i * this.width);

    this.engine = await createEngine(OPTIONS);
    this.classifiers = [];
    for (const name of ['behavior-classifier', 'behavior-classifier-large']) {
      const bytes = new Uint8Array(fileOf(`models/${name}.onnx`));
      const { int8Model } = await this.engine.quantize(bytes, this.calibration);
      const layers = layersOf(this.engine);
      const answers = await this.answers();
      // What is loaded has the quantized weights in FP32, too.
      await this.engine.load(int8Model);
      const loaded = { layers: [], answers: await this.answers() };
      this.classifiers.push({ bytes, int8Model, answers, layers, loaded });
    }
    await this.engine.quantize(this.classifiers.at(-1).bytes, this.calibration);
    this.witness = new Witness(this.engine, OPTIONS);
    this.#adopted(this.classifiers.at(-1));
    this.memory = await this.settle();
  }

  async answers() {
    const answers = { fp32: [], int8: [] };
    for (const row of this.rows) {
      const { fp32, int8 } = await this.engine.compare(row);
      answers.fp32.push(fp32.probabilities);
      answers.int8.push(int8.probabilities);
    }
    return answers;
  }

  // What memory is like without faults. The same calls with the same models leave the same tensors held. The heap never
  // shrinks: its size is that of the worst moment so far, so that every model must have followed every other one, and have
  // been asked the largest batch, before it is looked at for the first time.
  async settle() {
    const changes = this.classifiers.flatMap((each) => [() => this.load(each), () => this.quantize(each)]);
    for (const first of changes) {
      await first();
      await this.batchBeyondBudget();
      this.undo();
      for (const second of changes) {
        await first();
        await this.batch(ROWS_IN_BATCH);
        await second();
      }
    }
    const { heapBytes, heldBytes } = this.engine.getMemory();
    return { heapBytes, heldBytes };
  }

  single(row = this.below(ROWS)) {
    this.calls.single += 1;
    this.witness.answered(this.engine.inferSync(this.rows[row]), row);
  }

  async batch(count) {
    const first = this.below(ROWS);
    this.calls.batch += 1;
    const results = await this.engine.inferBatch(
      this.values.subarray(first * this.width, (first + count) * this.width),
      count,
    );
    if (results.length !== count) this.witness.fail(`${results.length} answers to ${count} rows`);
    results.forEach((result, i) => this.witness.answered(result, (first + i) % ROWS));
  }

  // The former model is asked until the new one is there: how often depends on the machine, and so takes no random numbers.
  async quantize(classifier, isLate = false) {
    let isOver = false;
    const quantized = this.engine
      .quantize(classifier.bytes, this.calibration, {
        onProgress: ({ stage }) => {
          if (stage === 'done') this.#adopted(classifier);
          else if (stage === 'parse' && isLate) busyFor(LATE_MS);
          this.single(this.calls.single % ROWS);
        },
      })
      .catch((error) => error)
      .finally(() => (isOver = true));
    while (!isOver) {
      this.single(this.calls.single % ROWS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const outcome = await quantized;
    if (outcome instanceof Error) this.#expect(outcome, 'budget');
  }

  async load(classifier) {
    await this.engine.load(classifier.int8Model).then(
      () => this.#adopted(classifier.loaded),
      (error) => this.#expect(error, 'budget'),
    );
  }

  // A model that is cut, changed all over, or too large.
  async loadDamaged() {
    const { bytes } = this.oneOf(this.classifiers);
    const damaged = this.oneOf([
      () => bytes.subarray(0, this.below(bytes.length)),
      () => bytes.map((byte) => byte ^ 0x55),
      () => new Uint8Array(OPTIONS.maxMemoryMB * 2 ** 20 + 1),
    ])();
    const refused = this.oneOf([
      () => this.engine.load(damaged),
      () => this.engine.quantize(damaged, this.calibration),
    ])();
    const isTaken = await refused.then(
      () => true,
      (error) => this.#expect(error, 'model', 'shape', 'budget'),
    );
    if (isTaken) this.witness.fail('a damaged model was taken');
  }

  async slow() {
    const hurry = slowDown(this.engine, 2);
    for (let i = 0; i < 60; i += 1) this.single();
    hurry();
  }

  // The next run of INT8 traps, which in FP32 is that of the next probe, unless FP32 is held.
  trap() {
    if (this.witness.isHeld) return;
    const { losses } = this.witness;
    trap(this.engine);
    this.witness.isTrapped = true;
    for (let i = 0; i < 2 * OPTIONS.recoveryCheckInterval && this.witness.losses === losses; i += 1)
      this.single();
    if (this.witness.losses === losses) this.witness.fail('no INT8 run came to trap');
    this.faults = [];
  }

  async batchBeyondBudget() {
    this.shrink();
    await this.batch(ROWS_BEYOND_BUDGET);
  }

  shrink() {
    this.widen();
    this.widen = shrinkBudget(this.engine, 1);
  }

  hold(isHeld) {
    this.witness.isHeld = isHeld;
    this.engine.forceFallback(isHeld);
  }

  // One fault, or all of them.
  undo(isAll = true) {
    this.widen();
    const first = isAll ? 0 : this.below(this.faults.length);
    this.faults.splice(first, isAll ? Infinity : 1).forEach((undo) => undo());
    this.witness.isSkewed = this.faults.length > 0;
  }

  // A fault of the values that INT8 gives.
  #skew(inject) {
    this.faults.push(inject());
    this.witness.isSkewed = true;
  }

  #adopted(classifier) {
    this.faults = [];
    this.layers = classifier.layers;
    this.witness.adopted(classifier.answers);
  }

  #expect(error, ...stages) {
    if (!stages.includes(error.stage)) throw error;
    count(this.errors, error.code);
  }

  // One of what can happen, by weight. A model that was loaded does not tell its layers; only the first has a bound to skew.
  async act() {
    const layer = this.layers.length > 0 ? this.oneOf(this.layers) : undefined;
    const classifier = this.oneOf(this.classifiers);
    const runs = 1 + this.below(20);
    // Powers of two are undone exactly.
    const factor = 2 ** -(1 + this.below(8));
    const every = 1 + this.below(60);
    const acts = [
      [12, 'faults undone', () => this.undo(this.random() < 0.5)],
      [
        layer ? 5 : 0,
        'weights corrupted',
        () => this.#skew(() => corruptWeights(this.engine, { layer, every })),
      ],
      [layer ? 4 : 0, 'ranges skewed', () => this.#skew(() => skewActivations(this.engine, { factor }))],
      [3, 'runs throw', () => throwInKernel(this.engine, (this.witness.throwsLeft = runs))],
      [this.mayTrap ? 0.6 : 0, 'module trapped', () => this.trap()],
      [0.1, 'runs slow', () => this.slow()],
      [1, 'budget shrunk', () => this.shrink()],
      [0.1, 'batch beyond the budget', () => this.batchBeyondBudget()],
      [2, 'held by hand', () => this.hold(true)],
      [4, 'released', () => this.hold(false)],
      [0.5, 'quantized', () => this.quantize(classifier)],
      [0.03, 'quantized late', () => this.quantize(classifier, true)],
      [0.5, 'loaded', () => this.load(classifier)],
      [1, 'damaged model', () => this.loadDamaged()],
    ];
    let place = this.random() * acts.reduce((sum, [weight]) => sum + weight, 0);
    const [, name, act] = acts.find(([weight]) => (place -= weight) < 0) ?? acts[0];
    count(this.happened, name);
    await act();
  }

  // A fresh instance has a fresh heap: to see whether one grows, the second half goes on in the last.
  async endTraps() {
    this.mayTrap = false;
    await this.rest();
  }

  async finish() {
    const before = this.memory.heapBytes;
    const { heapBytes } = await this.rest();
    // Where the clock cuts quantize() into slices, small blocks fall elsewhere: the heap may have grown once more. A leak of a
    // byte at each inference would be more than that.
    if (heapBytes > grownOnce(before))
      this.witness.fail(`the heap had ${before} bytes, and has ${heapBytes}`);
    this.engine.dispose();
  }

  // Without faults; as much memory is held as before.
  async rest() {
    this.hold(false);
    this.undo();
    await this.quantize(this.classifiers.at(-1));
    for (let i = 0; i < 10_000 && this.witness.mode === 'fp32'; i += 1) this.single();
    if (this.witness.mode === 'fp32') this.witness.fail('INT8 has not come back');
    const { heldBytes } = this.memory;
    this.memory = await this.settle();
    if (heldBytes !== this.memory.heldBytes) {
      this.witness.fail(`${heldBytes} bytes were held, and ${this.memory.heldBytes} are`);
    }
    this.witness.compareCounts();
    return this.memory;
  }
}

// src/tensor/heap_limit.h: an eighth more, in whole pages.
const grownOnce = (bytes) => Math.ceil((bytes * 1.125) / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;

const count = (counts, name) => (counts[name] = (counts[name] ?? 0) + 1);

/**
 * Runs until there were that many inferences. Throws at the first thing that is not as it must be, naming the seed.
 *
 * @typedef {Record<string, number>} Figures
 * @param {{ inferences: number, seed: number, onProgress?: (done: number) => void }} options
 * @returns {Promise<{
 *   seed: number, seconds: number, calls: Figures, inferences: { int8: number, fp32: number }, happened: Figures,
 *   fallbacks: Figures, recoveries: number, warnings: number, looks: number, probes: Figures, refusals: number,
 *   losses: number, errors: Figures, memory: { heapBytes: number, heldBytes: number },
 *   faulty: { seen: number, lowestSeen: number, unseen: number, worse: number, row: number },
 * }>} `faulty`: see witness.mjs.
 */
export async function soak({ inferences, seed, onProgress }) {
  const startedAt = performance.now();
  const run = new Soak(seed);
  try {
    await run.start();
    const { witness } = run;
    while (witness.total < inferences) {
      if (run.mayTrap && witness.total >= inferences / 2) await run.endTraps();
      if (run.random() < 0.5) for (let left = 1 + run.below(ROWS_IN_BATCH); left > 0; left -= 1) run.single();
      else await run.batch(1 + run.below(ROWS_IN_BATCH));
      await run.act();
      witness.compareCounts();
      onProgress?.(witness.total);
    }
    await run.finish();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
  }
  const { faulty, losses, totals } = run.witness;
  return {
    seed,
    seconds: (performance.now() - startedAt) / 1000,
    calls: run.calls,
    ...totals,
    happened: run.happened,
    losses,
    errors: run.errors,
    faulty,
    memory: run.memory,
  };
}
