import {
  createEngine,
  formatReport,
  type AliceQuantizationEngine,
  type EngineOptions,
  type Progress,
  type QuantizationMetrics,
  type SearchStep,
} from 'alice-quant';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { classifier, classifierNames, layerCounts, standardDataset } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { argMax, judge } from './fixtures/judge.js';

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

describe('sensitivity', () => {
  // As many as a layer alone is measured on.
  const rows = dataset.samples.slice(0, 240).map(({ features }) => Float32Array.from(features));

  test.each(['dynamic', 'static'] as const)(
    'is what a model with that layer alone quantized shows, %s',
    async (strategy) => {
      const config = { maxLatencyMs: Infinity, enableAutoFallback: false, strategy };
      const all = await createEngine({ ...config, sensitivity: true });
      const { layers, metrics } = await all.quantize(small, rows);
      expect(metrics.samples).toBe(rows.length);
      for (const { name, alone } of layers) {
        const others = layers.map((layer) => layer.name).filter((other) => other !== name);
        const one = await createEngine({ ...config, excludeLayers: others.join(',') });
        const result = await one.quantize(small, rows);
        expect(result.layers.map((layer) => layer.name)).toEqual([name]);
        expect(alone).toEqual({
          sqnrDb: result.metrics.sqnrDb,
          cosine: result.metrics.cosineSimilarity,
          outputKl: result.metrics.meanKl,
        });
        one.dispose();
      }
      all.dispose();
    },
  );

  test('changes nothing else, and has a table of its own in the text', async () => {
    const plain = await engine.quantize(small, rows);
    const curious = await createEngine({ maxLatencyMs: Infinity, sensitivity: true });
    const seen: Progress[] = [];
    const found = await curious.quantize(small, rows, { onProgress: (progress) => seen.push(progress) });
    expect(found.int8Model).toEqual(plain.int8Model);
    expect(found.layers.map(({ alone, ...layer }) => (expect(alone).toBeDefined(), layer))).toEqual(
      plain.layers,
    );
    for (const layer of plain.layers) expect(layer).not.toHaveProperty('alone');
    expect(found.search).toEqual([]);
    expect(seen.at(-1)).toEqual({ stage: 'done', done: 5 * rows.length, total: 5 * rows.length });
    const text = formatReport(curious.getReport());
    expect(text).toMatch(/^layer alone +SQNR dB +cosine +output KL$/m);
    expect(formatReport(engine.getReport())).not.toMatch(/layer alone/);
    curious.dispose();
  });
});

describe("precision 'auto'", () => {
  // Coarse weights: some layers cannot bear them.
  const coarse = {
    maxLatencyMs: Infinity,
    enableAutoFallback: false,
    weightType: 'int4',
    weightGranularity: 'per-tensor',
    similarityThreshold: 0.99,
    warnAccuracyDrop: 0.02,
  } as const;
  const isGoodEnough = ({ cosineSimilarity, accuracyDrop }: QuantizationMetrics | SearchStep) =>
    cosineSimilarity >= coarse.similarityThreshold && accuracyDrop < coarse.warnAccuracyDrop;
  const metricsWithout = async (model: Uint8Array, kept: readonly string[]) => {
    const own = await createEngine({ ...coarse, excludeLayers: kept.join(',') });
    const { metrics } = await own.quantize(model, dataset);
    own.dispose();
    return metrics;
  };

  test.each(classifierNames)('keeps in float what %s needs, and no layer more', async (name) => {
    const model = classifier(name);
    const own = await createEngine({ ...coarse, precision: 'auto' });
    const { layers, metrics, search } = await own.quantize(model, dataset);
    const kept = layers.filter(({ scheme }) => scheme === 'float');
    const names = kept.map((layer) => layer.name);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(layers.length);
    expect(isGoodEnough(metrics)).toBe(true);
    expect(own.getStatus().model?.quantizedLayers).toBe(layers.length - kept.length);
    for (const layer of kept) expect(layer.bytesInt8).toBe(layer.bytesFp32);
    // The same as leaving them out by name; and with any one of them quantized it is not good enough.
    const times = { quantizationLatencyMs: 0, inferenceLatency: {} };
    expect({ ...(await metricsWithout(model, names)), ...times }).toEqual({ ...metrics, ...times });
    for (const given of names) {
      const rest = names.filter((other) => other !== given);
      expect(isGoodEnough(await metricsWithout(model, rest)), given).toBe(false);
    }
    // Every trial is in the report, judged by its own figures.
    expect(search[0]).toMatchObject({ floatLayers: [], accepted: false });
    for (const step of search) expect(step.accepted).toBe(isGoodEnough(step));
    const text = formatReport(own.getReport());
    expect(text).toMatch(/^trial +cosine +worst +top-1 +drop +layers in float$/m);
    for (const step of search) expect(text).toContain(step.cosineSimilarity.toFixed(6));
    own.dispose();
  });

  test('keeps nothing in float where INT8 is good enough', async () => {
    const own = await createEngine({ maxLatencyMs: Infinity, precision: 'auto' });
    const { int8Model, layers, search } = await own.quantize(small, dataset);
    expect(search).toHaveLength(1);
    expect(search[0]).toMatchObject({ floatLayers: [], accepted: true });
    expect(layers.every(({ scheme }) => scheme.startsWith('int8'))).toBe(true);
    expect(int8Model).toEqual((await engine.quantize(small, dataset)).int8Model);
    own.dispose();
  });

  test.each([
    ['not where INT8 is good enough', {}, false],
    ['where it is asked to', { sensitivity: true }, true],
    ['where it has to search', coarse, true],
  ] satisfies [string, EngineOptions, boolean][])(
    'looks at each layer alone: %s',
    async (_, options, isAlone) => {
      const own = await createEngine({ maxLatencyMs: Infinity, precision: 'auto', ...options });
      const { layers, search } = await own.quantize(small, dataset, {
        onProgress: ({ done, total }) => expect(done).toBeLessThanOrEqual(total),
      });
      for (const { alone } of layers) expect(alone !== undefined).toBe(isAlone);
      expect(search.length > 1).toBe(options === coarse);
      own.dispose();
    },
  );

  test('answers in FP32 where nothing but float is good enough', async () => {
    const own = await createEngine({ maxLatencyMs: Infinity, precision: 'auto', similarityThreshold: 1 });
    const { int8Model, layers, scheme, success } = await own.quantize(small, dataset);
    expect({ scheme, success }).toEqual({ scheme: 'float', success: true });
    expect(layers.every((layer) => layer.scheme === 'float')).toBe(true);
    const row = Float32Array.from(dataset.samples[0]!.features);
    const answer = own.inferSync(row);
    expect(answer.mode).toBe('fp32');
    expect(formatReport(own.getReport())).toMatch(/^answers in +FP32$/m);
    // What was written is the float model.
    await engine.load(int8Model);
    expect(engine.inferSync(row)).toMatchObject({ mode: 'fp32', probabilities: answer.probabilities });
    own.dispose();
  });

  test('writes a model with the kept layers in float, which ONNX Runtime runs', async () => {
    const own = await createEngine({
      maxLatencyMs: Infinity,
      precision: 'auto',
      similarityThreshold: 0.99999,
      warnAccuracyDrop: 1,
    });
    const { int8Model, layers } = await own.quantize(small, dataset);
    const kept = layers.filter(({ scheme }) => scheme === 'float');
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(layers.length);
    const other = await createEngine();
    expect((await other.load(int8Model)).quantizedLayers).toBe(layers.length - kept.length);
    const expected = await judge(int8Model);
    for (const { features } of dataset.samples.slice(0, 100)) {
      const row = Float32Array.from(features);
      const { classIndex, mode, probabilities } = own.inferSync(row);
      expect(mode).toBe('int8');
      expect(other.inferSync(row).probabilities).toEqual(probabilities);
      expect(argMax(await expected(row))).toBe(classIndex);
    }
    own.dispose();
    other.dispose();
  });

  test('can be cancelled while it searches, and tells how far it is', async () => {
    const many = Array.from({ length: 20 }, () => dataset.samples.map(({ features }) => features)).flat();
    const patient = await createEngine({ ...coarse, precision: 'auto', calibrationSamples: 100_000 });
    await patient.quantize(small, dataset);
    const before = patient.getReport();
    const controller = new AbortController();
    const stages = new Set<string>();
    let reached = 0;
    const running = patient.quantize(small, many, {
      signal: controller.signal,
      onProgress({ stage, done, total }) {
        stages.add(stage);
        expect(done).toBeGreaterThanOrEqual(reached);
        expect(done).toBeLessThanOrEqual(total);
        reached = done;
        if (stage === 'search') controller.abort();
      },
    });
    expect((await failureOf(() => running)).code).toBe('aborted');
    expect(stages).not.toContain('verify');
    expect(patient.getReport()).toEqual(before);
    patient.dispose();
  });
});

describe('a model that was quantized before', () => {
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
