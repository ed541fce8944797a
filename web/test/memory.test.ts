import { createEngine } from 'alice-quant';
import { expect, test } from 'vitest';
import {
  classifier,
  classifierNames,
  concatenated,
  standardDataset,
  unseenFeatures,
} from './fixtures/classifiers.js';

const MB = 2 ** 20;
const dataset = standardDataset();

test.each(classifierNames)('%s: small weights and a heap of 2 MB at most', async (name) => {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  await engine.quantize(classifier(name), dataset);
  const memory = engine.getMemory();
  expect(memory.heapBytes).toBeLessThanOrEqual(2 * MB);
  expect(memory.limitBytes).toBe(50 * MB);
  if (name === 'behavior-classifier-large') {
    expect(memory.int8WeightBytes / memory.fp32WeightBytes).toBeLessThanOrEqual(0.27);
  }
  const held = Object.values(memory.byKind).reduce((sum, bytes) => sum + bytes, 0);
  expect(held).toBe(memory.heldBytes);
  expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.heldBytes);
  expect(memory.plannedArenaBytes).toBeGreaterThan(0);
  engine.dispose();
});

test('neither inferences nor further quantizations make the heap grow', async () => {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  const rows = unseenFeatures(100);
  const quantizeBoth = async (times: number) => {
    for (let i = 0; i < times; ++i) {
      for (const name of classifierNames) await engine.quantize(classifier(name), dataset);
    }
  };
  // The first rounds find the places in the heap that the later ones use again.
  await quantizeBoth(40);
  await engine.inferBatch(concatenated(rows), rows.length);
  const before = engine.getMemory();
  expect(before.heapBytes).toBeLessThanOrEqual(2 * MB);

  for (let i = 0; i < 10_000; ++i) engine.inferSync(rows[i % rows.length]!);
  expect(engine.getMemory()).toEqual(before);

  await quantizeBoth(20);
  await engine.inferBatch(concatenated(rows), rows.length);
  expect(engine.getMemory()).toEqual(before);
  engine.dispose();
});

test('engines give their memory back', async () => {
  const lifetime = async () => {
    const engine = await createEngine({ maxLatencyMs: Infinity });
    await engine.quantize(classifier('behavior-classifier-large'), dataset);
    const { heapBytes } = engine.getMemory();
    engine.dispose();
    return heapBytes;
  };
  const heapBytes = await lifetime();
  for (let i = 0; i < 50; ++i) expect(await lifetime()).toBe(heapBytes);
});

test('a heap that grows leaves every engine with its answers', async () => {
  const rows = unseenFeatures(2);
  const engine = await createEngine({ maxLatencyMs: Infinity });
  await engine.quantize(classifier('behavior-classifier'), dataset);
  const answer = engine.inferSync(rows[0]!).probabilities;
  const { heapBytes } = engine.getMemory();

  const other = await createEngine();
  await other.load(classifier('behavior-classifier'));
  const count = 100_000;
  const many = new Float32Array(12 * count);
  for (let i = 0; i < count; ++i) many.set(rows[i % 2]!, 12 * i);
  const answers = await other.inferBatch(many, count);
  expect(other.getMemory().heapBytes).toBeGreaterThan(heapBytes);
  expect(engine.inferSync(rows[0]!).probabilities).toEqual(answer);
  expect(other.inferSync(rows[1]!).probabilities).toEqual(answers[count - 1]!.probabilities);
  engine.dispose();
  other.dispose();
});
