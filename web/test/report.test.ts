import { createEngine, formatReport, type AliceQuantizationEngine, type EngineOptions } from 'alice-quant';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { classifier, classifierNames, layerCounts, standardDataset } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';

const dataset = standardDataset();
const small = classifier('behavior-classifier');

let engine: AliceQuantizationEngine;
beforeEach(async () => {
  engine = await createEngine({ maxLatencyMs: Infinity });
});
afterEach(() => engine.dispose());

describe('getReport', () => {
  test.each(classifierNames)('gives what quantize() found out about %s, as plain data', async (name) => {
    const { int8Model, ...found } = await engine.quantize(classifier(name), dataset);
    const report = engine.getReport();
    expect(report).toEqual(found);
    expect(report).not.toHaveProperty('int8Model');
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      success: true,
      scheme: 'int8 symmetric per-channel, u8 asymmetric per-tensor dynamic',
      originalSizeBytes: classifier(name).length,
      quantizedSizeBytes: int8Model.length,
      fallbackTriggered: false,
    });
    expect(report.layers).toHaveLength(layerCounts[name]);
    const { accuracy, accuracyDrop, sqnrDb } = report.metrics;
    expect(accuracyDrop).toBeCloseTo(accuracy!.fp32 - accuracy!.int8, 12);
    expect(sqnrDb).toBeGreaterThan(20);
  });

  test('has the SQNR of the whole model, as the answers show it', async () => {
    await engine.quantize(small, dataset);
    let [signal, noise] = [0, 0];
    for (const { features } of dataset.samples) {
      const { fp32, int8 } = await engine.compare([...features]);
      fp32.probabilities.forEach((p, i) => {
        signal += p ** 2;
        noise += (p - int8.probabilities[i]!) ** 2;
      });
    }
    // The same float pairs, summed in doubles by both.
    expect(engine.getReport().metrics.sqnrDb).toBeCloseTo(10 * Math.log10(signal / noise), 9);
  });

  test('gives a new object every time', async () => {
    await engine.quantize(small, dataset);
    const first = engine.getReport();
    const before = structuredClone(first);
    first.layers.length = 0;
    first.metrics.samples = -1;
    expect(engine.getReport()).toEqual(before);
  });

  test('says why INT8 is not in service', async () => {
    const strict = await createEngine({ maxLatencyMs: Infinity, fallbackThreshold: 1 });
    await strict.quantize(small, dataset);
    expect(strict.getReport()).toMatchObject({
      success: false,
      fallbackReason: 'similarity_low',
      error: { code: 'quality_similarity_low', stage: 'quality' },
    });
    await strict.quantize(small, new Float32Array(12));
    expect(strict.getReport()).toMatchObject({
      success: false,
      scheme: 'float',
      fallbackReason: 'calibration_invalid',
      error: { code: 'calibration_too_few' },
      layers: [],
    });
    strict.dispose();
  });

  test('stays as it was where a quantize() fails', async () => {
    await engine.quantize(small, dataset);
    const before = engine.getReport();
    await failureOf(() => engine.quantize(small.slice(0, 1000), dataset));
    expect(engine.getReport()).toEqual(before);
  });

  test('throws where the model in service was not quantized here', async () => {
    expect((await failureOf(() => engine.getReport())).code).toBe('no_model');
    const { int8Model } = await engine.quantize(small, dataset);
    await engine.load(int8Model);
    expect(await failureOf(() => engine.getReport())).toMatchObject({ code: 'no_model', stage: 'config' });
    engine.dispose();
    expect((await failureOf(() => engine.getReport())).code).toBe('disposed');
  });
});

describe('formatReport', () => {
  const textFor = async (options: EngineOptions = {}, data: typeof dataset | undefined = dataset) => {
    const own = await createEngine({ maxLatencyMs: Infinity, ...options });
    await own.quantize(small, data);
    const report = own.getReport();
    own.dispose();
    return { report, text: formatReport(report) };
  };

  test('says all of it in columns that stand under each other', async () => {
    const { report, text } = await textFor();
    const { metrics, layers } = report;
    expect(text).toContain(report.scheme);
    expect(text).toMatch(/^size +13,852 bytes → 7,236 bytes$/m);
    expect(text).toContain(`mean cosine      ${metrics.cosineSimilarity.toFixed(6)}`);
    expect(text).toMatch(/^accuracy +FP32 \d+\.\d\d %, INT8 \d+\.\d\d %$/m);
    expect(text).toMatch(/^answers in +INT8$/m);
    const lines = text.split('\n');
    const header = lines.find((line) => line.startsWith('layer '))!;
    const rows = layers.map(({ name }) => lines.find((line) => line.startsWith(`${name} `))!);
    for (const [i, row] of rows.entries()) {
      const under = (title: string) => row.slice(header.indexOf(title));
      expect(under('operator')).toMatch(new RegExp(`^${layers[i]!.operator} `));
      expect(under('SQNR dB')).toMatch(new RegExp(`^${layers[i]!.sqnrDb.toFixed(1)} `));
      expect(row).toContain(layers[i]!.maxError.toExponential(2));
    }
    for (const line of report.logs) expect(lines).toContain(line);
    expect(text).toBe(text.trimEnd());
  });

  test('shows the ranges of static layers, and says why INT8 is not in service', async () => {
    const { report, text } = await textFor({ strategy: 'static' });
    const { min, max } = report.layers[0]!.inputRange!;
    expect(text).toContain(`${min.toPrecision(3)} … ${max.toPrecision(3)}`);
    expect((await textFor({ fallbackThreshold: 1 })).text).toMatch(/^answers in +FP32 \(similarity_low\)$/m);
  });
});

describe('layers alone, and which to keep in float', () => {
  test('sensitivity says what quantizing each layer alone does to the outputs', async () => {
    const own = await createEngine({ maxLatencyMs: Infinity, sensitivity: true });
    const stages = new Set<string>();
    const { layers, metrics } = await own.quantize(small, dataset, {
      onProgress: ({ stage, done, total }) => {
        stages.add(stage);
        expect(done).toBeLessThanOrEqual(total);
      },
    });
    // A quick stage may pass between two looks at the clock.
    expect(['parse', 'calibrate', 'sensitivity', 'verify', 'done']).toEqual(
      expect.arrayContaining([...stages]),
    );
    for (const { alone } of layers) {
      expect(alone!.cosine).toBeGreaterThan(0.99);
      expect(alone!.cosine).toBeLessThanOrEqual(1);
      expect(alone!.outputKl).toBeGreaterThanOrEqual(0);
    }
    // No layer alone is farther from FP32 than about all together.
    const noise = (sqnrDb: number) => 10 ** (-sqnrDb / 10);
    const all = layers.reduce((sum, { alone }) => sum + noise(alone!.sqnrDb), 0);
    expect(all).toBeGreaterThan(noise(metrics.sqnrDb) / 4);
    expect(all).toBeLessThan(noise(metrics.sqnrDb) * 4);
    expect(formatReport(own.getReport())).toContain('layer alone');
    own.dispose();
  });

  test("precision 'auto' keeps layers of an int4 model in float until the bounds hold, and shows how", async () => {
    const options = { maxLatencyMs: Infinity, weightType: 'int4', weightGranularity: 'per-group' } as const;
    const plain = await createEngine({ ...options, enableAutoFallback: false });
    const { metrics: without } = await plain.quantize(small, dataset);
    expect(without.cosineSimilarity).toBeLessThan(0.98);
    plain.dispose();

    const own = await createEngine({ ...options, precision: 'auto' });
    const { success, fallbackTriggered, metrics, layers, search } = await own.quantize(small, dataset);
    expect(success).toBe(true);
    expect(fallbackTriggered).toBe(false);
    expect(metrics.cosineSimilarity).toBeGreaterThanOrEqual(0.98);
    expect(metrics.accuracyDrop).toBeLessThan(0.02);
    const kept = layers.filter(({ scheme }) => scheme === 'float').map(({ name }) => name);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(layers.length);
    expect(search[0]).toMatchObject({ floatLayers: [], accepted: false });
    expect(search.at(-1)!.floatLayers.length).toBeLessThanOrEqual(kept.length + 1);
    const accepted = search.filter((step) => step.accepted);
    expect(accepted.some(({ floatLayers }) => floatLayers.toSorted().join() === kept.toSorted().join())).toBe(
      true,
    );
    const text = formatReport(own.getReport());
    expect(text).toContain('kept in float');
    expect(text).toContain('not enough');
    expect(own.getStatus().mode).toBe('int8');
    own.dispose();
  });

  test('a loaded QDQ model keeps its ranges and its form', async () => {
    const own = await createEngine({ maxLatencyMs: Infinity, strategy: 'static' });
    await own.quantize(small, dataset);
    const qdq = own.exportModel('qdq');
    const row = new Float32Array(12).fill(0.25);
    const expected = own.inferSync(row).probabilities;
    const info = await own.load(qdq);
    expect(info).toMatchObject({ quantizedLayers: 3, staticLayers: 3 });
    expect(own.inferSync(row)).toMatchObject({ mode: 'int8', probabilities: expected });
    expect(own.exportModel('qdq')).toEqual(qdq);
    expect(await failureOf(() => own.exportModel('dynamic'))).toMatchObject({ code: 'no_model' });
    // What it brought along is not calibrated again.
    const { layers } = await own.quantize(qdq, dataset);
    expect(layers).toHaveLength(3);
    expect(own.inferSync(row).probabilities).toEqual(expected);
    own.dispose();
  });
});
