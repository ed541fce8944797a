import { expect, test, vi } from 'vitest';
import { sweepBudget, withMemory, type SweepStep } from './fixtures/budget-sweep.js';
import { classifier, standardDataset } from './fixtures/classifiers.js';
import { perceptron } from './fixtures/mlp.js';

const KB = 2 ** 10;
const MB = 2 ** 20;
const budgets = [1, 2, 4, 8, 16, 32, 50];
const former = perceptron(4 * KB);
const sizes = [4 * KB, 40 * KB, 400 * KB, MB, 4 * MB, 12 * MB, 20 * MB, 40 * MB];
const models = sizes.map(perceptron);

/** The package with a WebAssembly module, and so a heap, of its own. */
async function freshPackage() {
  vi.resetModules();
  return import('alice-quant');
}

const sweeps = new Map<number, SweepStep[]>();

test.each(budgets)('with %i MB, models of 4 KB to 40 MB run or are refused', async (maxMemoryMB) => {
  const steps = await sweepBudget(await freshPackage(), maxMemoryMB, former, models);
  sweeps.set(maxMemoryMB, steps);
  for (const step of steps) {
    expect(step.heapBytes).toBeLessThanOrEqual(maxMemoryMB * MB);
    expect(step.reportedBytes).toBe(step.heapBytes);
    expect(step.refusal?.stage ?? 'budget').toBe('budget');
    expect(step.answersAsBefore ?? true).toBe(true);
  }
  // Each model by load() and by quantize(), three steps and the former model's each.
  expect(steps).toHaveLength(models.length * 2 * 4);
});

test('a larger budget runs whatever a smaller one does', () => {
  const runs = (maxMemoryMB: number) =>
    (sweeps.get(maxMemoryMB) as SweepStep[]).map(({ refusal }) => (refusal ? 0 : 1));
  for (let i = 1; i < budgets.length; ++i) {
    const [less, more] = [runs(budgets[i - 1]!), runs(budgets[i]!)];
    expect(more.every((works, step) => works >= less[step]!)).toBe(true);
  }
});

/** The largest of the sizes that the action worked with. */
const largest = (maxMemoryMB: number, action: SweepStep['action']) =>
  (sweeps.get(maxMemoryMB) as SweepStep[]).reduce(
    (most, step, i) => (step.action === action && !step.refusal ? sizes[i >> 3]! : most),
    0,
  );

test.each([
  [1, 400 * KB],
  [4, MB],
  [16, 4 * MB],
  [32, 12 * MB],
  [50, 20 * MB],
])('%i MB are enough for a model of %i bytes', (maxMemoryMB, bytes) => {
  expect(largest(maxMemoryMB, 'load')).toBe(bytes);
});

test('50 MB are enough to quantize a model of 20 MB, and too little for one of 40 MB', () => {
  expect(largest(50, 'quantize')).toBe(20 * MB);
});

test('with a full heap every call answers or is refused, and afterwards all is well', async () => {
  const alice = await freshPackage();
  const [engine, memory] = await withMemory(() =>
    alice.createEngine({ maxMemoryMB: 1, maxLatencyMs: Infinity }),
  );
  await engine.quantize(classifier('behavior-classifier'), standardDataset());
  const features = new Float32Array(12).fill(0.5);
  const answer = engine.inferSync(features).probabilities;
  const report = engine.getReport();
  const window = new alice.FeatureWindow();

  const fillers: { dispose(): void }[] = [];
  const fill = async (make: () => { dispose(): void } | Promise<{ dispose(): void }>) => {
    for (;;) {
      try {
        fillers.push(await make());
      } catch (error) {
        return error;
      }
    }
  };
  const full = {
    code: 'budget_exceeded',
    stage: 'budget',
    hint: expect.stringContaining('maxMemoryMB') as string,
  };
  // The larger ones first, then smaller ones into what is left between them.
  expect(await fill(() => new alice.FeatureWindow())).toMatchObject(full);
  expect(await fill(() => alice.createEngine({ maxMemoryMB: 1 }))).toMatchObject(full);
  expect(fillers.length).toBeGreaterThan(50);

  for (let i = 0; i < 100; ++i) {
    expect(engine.inferSync(features).probabilities).toEqual(answer);
    expect((await engine.compare(features)).int8.probabilities).toEqual(answer);
    expect(engine.getReport()).toEqual(report);
    expect(engine.getStatus().mode).toBe('int8');
    expect(engine.getMemory().heapBytes).toBe(memory.buffer.byteLength);
    expect(() => engine.inferSync(new Float32Array(12).fill(NaN))).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(input_not_finite|budget_exceeded)$/) as string,
      }),
    );
    expect(() => window.push({ x: NaN, y: 0, t: 0 })).toThrow(alice.AliceError);
  }
  // In pieces, for which there is room.
  expect(await engine.inferBatch(new Float32Array(12 * 10_000), 10_000)).toHaveLength(10_000);
  await expect(engine.quantize(classifier('behavior-classifier-large'))).rejects.toMatchObject(full);
  await expect(engine.load(classifier('behavior-classifier-large'))).rejects.toMatchObject(full);
  await expect(alice.createEngine({ excludeLayers: 'x'.repeat(MB) })).rejects.toMatchObject(full);
  expect(() => alice.extractFeatures(Array.from({ length: 40_000 }, (_, t) => ({ x: t, y: t, t })))).toThrow(
    expect.objectContaining(full),
  );
  expect((await engine.compare(features)).int8.probabilities).toEqual(answer);
  expect(memory.buffer.byteLength).toBe(MB);

  for (const filler of fillers) filler.dispose();
  await engine.quantize(classifier('behavior-classifier'), standardDataset());
  expect(engine.inferSync(features).probabilities).toEqual(answer);
  expect(memory.buffer.byteLength).toBe(MB);
  engine.dispose();
});

test('the heap may grow as far as the most generous engine allows', async () => {
  const alice = await freshPackage();
  const [small, memory] = await withMemory(() => alice.createEngine({ maxMemoryMB: 2 }));
  await small.load(former.bytes);
  const large = await alice.createEngine({ maxMemoryMB: 16 });
  await large.load(perceptron(4 * MB).bytes);
  const grown = memory.buffer.byteLength;
  expect(grown).toBeGreaterThan(4 * MB);
  expect(grown).toBeLessThanOrEqual(16 * MB);
  large.dispose();
  // What the heap has, the other may use as far as its own budget goes; it does not grow any more.
  await small.load(perceptron(400 * KB).bytes);
  await expect(small.load(perceptron(4 * MB).bytes)).rejects.toMatchObject({ code: 'budget_exceeded' });
  expect(memory.buffer.byteLength).toBe(grown);
  small.dispose();
});
