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
