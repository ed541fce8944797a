import { createEngine, type AliceQuantizationEngine, type ExportFormat } from 'alice-quant';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { classifier, standardDataset } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';

const small = classifier('behavior-classifier');
const large = classifier('behavior-classifier-large');

let engine: AliceQuantizationEngine;
beforeEach(async () => {
  engine = await createEngine({ maxLatencyMs: Infinity });
});
afterEach(() => engine.dispose());

const missing = async (format: ExportFormat) => (await failureOf(() => engine.exportModel(format))).code;

test('a quantized model is exported in both forms', async () => {
  const { int8Model } = await engine.quantize(small, standardDataset());
  expect(engine.exportModel('dynamic')).toEqual(int8Model);
  expect(engine.exportModel('fp32')).toEqual(small);
});

test('a loaded model is exported in the form that it was loaded in', async () => {
  const { int8Model } = await engine.quantize(small);
  await engine.load(int8Model);
  expect(engine.exportModel('dynamic')).toEqual(int8Model);
  expect(await missing('fp32')).toBe('no_model');
  await engine.load(large.buffer);
  expect(engine.exportModel('fp32')).toEqual(large);
  expect(await missing('dynamic')).toBe('no_model');
});

test('what is exported is the bytes as they were, whatever the caller does with its own', async () => {
  const bytes = small.slice();
  const { int8Model } = await engine.quantize(bytes);
  const expected = int8Model.slice();
  bytes.fill(0);
  int8Model.fill(0);
  engine.exportModel('dynamic').fill(0);
  engine.exportModel('fp32').fill(0);
  expect(engine.exportModel('dynamic')).toEqual(expected);
  expect(engine.exportModel('fp32')).toEqual(small);
});

test('a model whose calibration data could not be used has no quantized form', async () => {
  const { success } = await engine.quantize(small, [[1, 2, 3]]);
  expect(success).toBe(false);
  expect(engine.exportModel('fp32')).toEqual(small);
  const failure = await failureOf(() => engine.exportModel('dynamic'));
  expect(failure).toMatchObject({ code: 'no_model', message: expect.stringContaining('dynamic') as string });
  expect(failure.hint).toMatch(/Quantize a float model/);
});

test('a change of model that fails leaves the exports of the former one', async () => {
  const { int8Model } = await engine.quantize(small);
  await failureOf(() => engine.quantize(large.subarray(0, 1000)));
  await failureOf(() => engine.load(large.subarray(0, 1000)));
  expect(engine.exportModel('dynamic')).toEqual(int8Model);
  expect(engine.exportModel('fp32')).toEqual(small);
});

test('another format is refused by name', async () => {
  await engine.load(small);
  const failure = await failureOf(() => engine.exportModel('tflite' as ExportFormat));
  expect(failure).toMatchObject({ code: 'argument_invalid', hint: 'Known: qdq, dynamic, fp32.' });
  expect(failure.message).toMatch(/"tflite"/);
});

test('a model with static ranges is exported as QDQ, and only so', async () => {
  const own = await createEngine({ maxLatencyMs: Infinity, strategy: 'static' });
  const { int8Model } = await own.quantize(small, standardDataset());
  expect(own.exportModel('qdq')).toEqual(int8Model);
  expect((await failureOf(() => own.exportModel('dynamic'))).code).toBe('no_model');
  own.dispose();
});

test.each([
  ['s8 symmetric per-tensor dynamic', { activationScheme: 'symmetric' }],
  ['u8 asymmetric per-token dynamic', { activationGranularity: 'per-token' }],
] as const)(
  '%s activations, for which ONNX has no operators, run all the same, and the log says so',
  async (words, options) => {
    const own = await createEngine({ maxLatencyMs: Infinity, ...options });
    const { int8Model, logs, success } = await own.quantize(small, standardDataset());
    expect(success).toBe(true);
    expect(own.inferSync(new Float32Array(12)).mode).toBe('int8');
    expect(int8Model).toHaveLength(0);
    expect(logs.join()).toContain(`int8 symmetric per-channel, ${words}, which ONNX has no operators for`);
    own.dispose();
  },
);

test('static ranges without calibration data are refused by name, and FP32 answers', async () => {
  const own = await createEngine({ maxLatencyMs: Infinity, strategy: 'static' });
  const { success, error, fallbackReason } = await own.quantize(small);
  expect(success).toBe(false);
  expect(error).toMatchObject({ code: 'calibration_too_few', stage: 'calibration' });
  expect(fallbackReason).toBe('calibration_invalid');
  expect(own.inferSync(new Float32Array(12)).mode).toBe('fp32');
  own.dispose();
});
