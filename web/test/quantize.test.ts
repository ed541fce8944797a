import {
  createEngine,
  loadRuntime,
  type AliceQuantizationEngine,
  type CalibrationDataset,
  type Progress,
} from 'alice-quant';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  classifier,
  classifierNames,
  layerCounts,
  concatenated,
  standardDataset,
  unseenFeatures,
} from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';

await loadRuntime();

const small = classifier('behavior-classifier');
const large = classifier('behavior-classifier-large');
const dataset = standardDataset();

let engine: AliceQuantizationEngine;
beforeEach(async () => {
  engine = await createEngine({ maxLatencyMs: Infinity });
});
afterEach(() => engine.dispose());

describe('quantize', () => {
  test.each(classifierNames)('measures %s on the standard set', async (name) => {
    const bytes = classifier(name);
    const result = await engine.quantize(bytes, dataset);
    expect(result).toMatchObject({
      success: true,
      fallbackTriggered: false,
      originalSizeBytes: bytes.length,
    });
    expect(result).not.toHaveProperty('error');
    expect(result).not.toHaveProperty('fallbackReason');
    expect(result.quantizedSizeBytes).toBe(result.int8Model.length);
    expect(result.compressionRatio).toBe(bytes.length / result.int8Model.length);

    const { metrics, layers } = result;
    expect(metrics).toMatchObject({ samples: 1000, source: 'calibration' });
    expect(metrics.cosineSimilarity).toBeGreaterThanOrEqual(0.999);
    expect(metrics.cosineSimilarity).toBeLessThanOrEqual(1);
    expect(metrics.worstCosineSimilarity).toBeLessThanOrEqual(metrics.cosineSimilarity);
    expect(metrics.top1Agreement).toBeGreaterThan(0.99);
    expect(metrics.accuracyDrop).toBeCloseTo(metrics.accuracy!.fp32 - metrics.accuracy!.int8, 12);
    expect(metrics.quantizationLatencyMs).toBeGreaterThan(0);
    expect(metrics.inferenceLatency.int8Ms).toBeGreaterThan(0);
    expect(layers).toHaveLength(layerCounts[name]);
    for (const layer of layers) {
      expect(layer.bytesFp32).toBe(4 * layer.dims[0] * layer.dims[1]);
      expect(layer.sqnrDb).toBeGreaterThan(20);
    }
    expect(engine.getStatus().currentMetrics).toEqual(metrics);
  });

  test('measures what its own answers show', async () => {
    const rows = unseenFeatures(200);
    const { metrics } = await engine.quantize(small, rows);
    const comparisons = [];
    for (const row of rows) comparisons.push(await engine.compare(row));
    const similarities = comparisons.map(({ similarity }) => similarity);
    const agreeing = comparisons.filter(({ fp32, int8 }) => fp32.classIndex === int8.classIndex).length;
    expect(metrics.samples).toBe(200);
    expect(metrics.cosineSimilarity).toBeCloseTo(similarities.reduce((a, b) => a + b) / 200, 12);
    expect(metrics.worstCosineSimilarity).toBe(Math.min(...similarities));
    expect(metrics.worstSample).toBe(similarities.indexOf(Math.min(...similarities)));
    expect(metrics.top1Agreement).toBe(agreeing / 200);
    expect(metrics).not.toHaveProperty('accuracy');
  });

  test('takes rows and a flat array alike', async () => {
    const rows = unseenFeatures(64);
    const ofRows = await engine.quantize(small, rows);
    const ofFlat = await engine.quantize(small, concatenated(rows));
    expect(ofFlat.metrics.samples).toBe(64);
    expect(ofFlat.metrics.cosineSimilarity).toBe(ofRows.metrics.cosineSimilarity);
    expect(ofFlat.int8Model).toEqual(ofRows.int8Model);
  });

  test('uses no more samples than it is told, and names the worst by its place in the set', async () => {
    const capped = await createEngine({ maxLatencyMs: Infinity, calibrationSamples: 60 });
    const { metrics } = await capped.quantize(small, dataset);
    expect(metrics.samples).toBe(60);
    const worst = await capped.compare([...dataset.samples[metrics.worstSample]!.features]);
    expect(worst.similarity).toBe(metrics.worstCosineSimilarity);
    capped.dispose();
  });

  test('makes up inputs where it is given none, and says so', async () => {
    const { success, metrics } = await engine.quantize(small);
    expect(success).toBe(true);
    expect(metrics.source).toBe('synthetic');
    expect(metrics.samples).toBeGreaterThan(0);
  });

  test('starts in FP32 where it took longer than it may', async () => {
    const hurried = await createEngine({ maxLatencyMs: 0 });
    const result = await hurried.quantize(small, dataset);
    expect(result).toMatchObject({ success: true, fallbackTriggered: true, fallbackReason: 'quant_timeout' });
    expect(hurried.inferSync(unseenFeatures(1)[0]!).mode).toBe('fp32');
    hurried.dispose();
  });

  test('falls back where INT8 is not good enough', async () => {
    const strict = await createEngine({
      maxLatencyMs: Infinity,
      fallbackThreshold: 1,
      similarityThreshold: 1,
    });
    const result = await strict.quantize(small, dataset);
    expect(result).toMatchObject({
      success: false,
      fallbackTriggered: true,
      fallbackReason: 'similarity_low',
    });
    expect(strict.getStatus()).toMatchObject({ mode: 'fp32', health: 'fallback' });
    strict.dispose();

    const lenient = await createEngine({ maxLatencyMs: Infinity, similarityThreshold: 1 });
    await lenient.quantize(small, dataset);
    expect(lenient.getStatus()).toMatchObject({ mode: 'int8', health: 'warning', fallbackTriggered: false });
    lenient.dispose();
  });

  test('does not keep the caller from using the bytes again', async () => {
    const bytes = small.slice();
    const running = engine.quantize(bytes, dataset, { onProgress: () => {} });
    bytes.fill(0);
    expect((await running).success).toBe(true);
  });
});

describe('a watched quantize', () => {
  const many = unseenFeatures(300);
  const rows = Array.from({ length: 60_000 }, (_, i) => many[i % many.length]!);
  let patient: AliceQuantizationEngine;
  let answer: Float32Array;
  const stillAnswers = () => expect(patient.inferSync(many[0]!).probabilities).toEqual(answer);

  beforeEach(async () => {
    patient = await createEngine({ maxLatencyMs: Infinity, calibrationSamples: 100_000 });
    await patient.quantize(small, dataset);
    answer = patient.inferSync(many[0]!).probabilities;
  });
  afterEach(() => patient.dispose());

  test('tells how far it is, while the page lives and the former model answers', async () => {
    const seen: Progress[] = [];
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1));
    const result = await patient.quantize(large, rows, {
      onProgress(progress) {
        seen.push(progress);
        if (progress.stage !== 'done') stillAnswers();
      },
    });
    clearInterval(timer);
    expect(result.metrics.samples).toBe(rows.length);
    // Every row is observed, then compared.
    const total = 2 * rows.length;
    expect(seen[0]).toEqual({ stage: 'parse', done: 0, total });
    expect(seen.at(-1)).toEqual({ stage: 'done', done: total, total });
    expect(seen.findIndex(({ stage }) => stage === 'verify')).toBeGreaterThan(
      seen.findIndex(({ stage }) => stage === 'calibrate'),
    );
    const verified = seen.filter(({ stage }) => stage === 'verify').map(({ done }) => done);
    expect(verified.length).toBeGreaterThan(3);
    expect(verified).toEqual([...new Set(verified)].sort((a, b) => a - b));
    expect(verified.at(-1)).toBe(total);
    expect(ticks).toBeGreaterThan(2);
    expect(patient.inferSync(many[0]!).probabilities).not.toEqual(answer);
  });

  test('can be cancelled half way, and the former model stays', async () => {
    const controller = new AbortController();
    let reached = 0;
    const running = patient.quantize(large, rows, {
      signal: controller.signal,
      onProgress({ stage, done }) {
        reached = done;
        if (stage === 'verify') controller.abort('enough');
      },
    });
    const failure = await failureOf(() => running);
    expect(failure).toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThan(2 * rows.length);
    stillAnswers();
    expect(patient.getStatus().mode).toBe('int8');
    expect((await patient.quantize(large, dataset)).success).toBe(true);
  });

  test('can be cancelled by a timer, without watching its progress', async () => {
    const failure = await failureOf(() => patient.quantize(large, rows, { signal: AbortSignal.timeout(5) }));
    expect(failure.code).toBe('aborted');
    stillAnswers();
  });

  test('does not begin where it is cancelled already', async () => {
    const failure = await failureOf(() => patient.quantize(large, dataset, { signal: AbortSignal.abort() }));
    expect(failure.code).toBe('aborted');
    stillAnswers();
  });

  test('that is long yields to the page even when nobody watches', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1));
    await patient.quantize(large, rows);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  test('refuses another change of model meanwhile', async () => {
    const running = patient.quantize(large, rows, { onProgress: () => {} });
    expect((await failureOf(() => patient.quantize(small))).code).toBe('busy');
    expect((await failureOf(() => patient.load(small))).code).toBe('busy');
    stillAnswers();
    expect((await running).success).toBe(true);
  });

  test('ends with a typed error when the engine is disposed of', async () => {
    for (const stage of ['parse', 'verify', 'done']) {
      const doomed = await createEngine({ maxLatencyMs: Infinity });
      const onProgress = (progress: Progress) => progress.stage === stage && doomed.dispose();
      expect((await failureOf(() => doomed.quantize(small, dataset, { onProgress }))).code, stage).toBe(
        'disposed',
      );
    }
  });

  test('passes on what its watcher throws, and the former model stays', async () => {
    const onProgress = () => {
      throw new RangeError('from the page');
    };
    await expect(patient.quantize(large, dataset, { onProgress })).rejects.toThrow(RangeError);
    stillAnswers();
    expect((await patient.quantize(large, dataset)).success).toBe(true);
  });

  test('whose watcher throws when it is done has put the new model in service', async () => {
    const engine = await createEngine({ maxLatencyMs: Infinity });
    await engine.load(small);
    engine.inferSync(dataset.samples[0]!.features);
    const onProgress = ({ stage }: Progress) => {
      if (stage === 'done') throw new RangeError('from the page');
    };
    await expect(engine.quantize(large, dataset, { onProgress })).rejects.toThrow(RangeError);

    const other = await createEngine({ maxLatencyMs: Infinity });
    await other.quantize(large, dataset);
    for (const { features } of dataset.samples.slice(0, 12)) {
      const row = Float32Array.from(features);
      expect(engine.inferSync(row).probabilities).toEqual(other.inferSync(row).probabilities);
    }
    engine.dispose();
    other.dispose();
  });

  test('reports its layers in words that survive the way from C++', async () => {
    const { layers } = await patient.quantize(small, dataset);
    expect(layers.map(({ scheme }) => scheme)).toEqual(
      Array(3).fill('int8 symmetric per-channel, u8 asymmetric per-tensor dynamic'),
    );
  });
});

describe('calibration data that cannot be used', () => {
  const changed = (change: (samples: CalibrationDataset['samples'][number][]) => void) => {
    const copy = structuredClone(dataset) as CalibrationDataset & {
      samples: CalibrationDataset['samples'][number][];
    };
    change(copy.samples);
    return copy;
  };
  const withFeature = (value: number) =>
    changed(
      (samples) => (samples[123] = { ...samples[123]!, features: [...new Array<number>(11).fill(0), value] }),
    );

  test.each([
    ['a NaN', withFeature(NaN), 'calibration_not_finite', /123/],
    ['an infinite value', withFeature(Infinity), 'calibration_not_finite', /123/],
    ['a value above 1', withFeature(1.01), 'calibration_out_of_range', /123/],
    ['a value below 0', withFeature(-0.01), 'calibration_out_of_range', /123/],
    [
      'rows of another width',
      changed((samples) => samples.forEach((s, i) => (samples[i] = { ...s, features: s.features.slice(1) }))),
      'calibration_width',
      /11.*12|12.*11/,
    ],
    [
      'one row of another width',
      changed((samples) => (samples[5] = { ...samples[5]!, features: [0.5] })),
      'calibration_width',
      /\b1\b.*12|12.*\b1\b/,
    ],
    ['too few samples', changed((samples) => samples.splice(31)), 'calibration_too_few', /31/],
    ['no samples', changed((samples) => samples.splice(0)), 'calibration_too_few', /0/],
    ['no rows', [], 'calibration_too_few', /0/],
    ['no values', new Float32Array(0), 'calibration_too_few', /0/],
    ['a flat array with half a row', new Float32Array(12 * 40 + 6), 'calibration_width', /12/],
    [
      'a class missing',
      changed((samples) =>
        samples.splice(
          0,
          samples.length,
          ...dataset.samples.filter((s) => s.expectedBehavior !== 'urgent_rush'),
        ),
      ),
      'calibration_class_missing',
      /class 3|urgent_rush/,
    ],
  ] as const)('with %s is reported, and the model answers in FP32', async (_, calibration, code, message) => {
    const row = unseenFeatures(1)[0]!;
    await engine.load(small);
    const { probabilities } = engine.inferSync(row);
    const result = await engine.quantize(small, calibration);
    expect(result).toMatchObject({
      success: false,
      fallbackTriggered: true,
      fallbackReason: 'calibration_invalid',
    });
    expect(result.error).toMatchObject({ code, stage: 'calibration' });
    expect(result.error!.message).toMatch(message);
    expect(result.int8Model).toHaveLength(0);
    expect(engine.getStatus()).toMatchObject({ mode: 'fp32', fallbackReason: 'calibration_invalid' });
    expect(engine.inferSync(row)).toMatchObject({ mode: 'fp32', probabilities });
    expect((await engine.quantize(small, dataset)).success).toBe(true);
  });

  test('is an error where it is no calibration data at all, and the former model stays', async () => {
    await engine.quantize(small, dataset);
    const wrong = { rows: [] } as unknown as CalibrationDataset;
    expect((await failureOf(() => engine.quantize(large, wrong))).code).toBe('argument_invalid');
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', fallbackTriggered: false });
  });
});
