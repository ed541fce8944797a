import { existsSync, readFileSync } from 'node:fs';
import { createEngine, type AliceQuantizationEngine, type QuantizationReport } from 'alice-quant';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifier, classifierNames, standardDataset } from './fixtures/classifiers.js';
import { inRepository, runCli, temporaryFolder } from './fixtures/command-line.js';

const files = temporaryFolder();
const dataset = standardDataset();
const set = inRepository('calibration-data/standard-1000.json');
const pathOf = (name: string) => inRepository(`models/${name}.onnx`);
const small = pathOf('behavior-classifier');

interface Report extends QuantizationReport {
  input: string;
  output: string | null;
}
const parsed = (text: string) => JSON.parse(text) as Report;

describe.each(classifierNames)('%s', (name) => {
  const output = files.place(`${name}.onnx`);
  const report = files.place(`${name}.json`);
  let engine: AliceQuantizationEngine;
  let run: Awaited<ReturnType<typeof runCli>>;
  beforeAll(async () => {
    engine = await createEngine({ maxLatencyMs: Infinity });
    run = await runCli(
      'quantize',
      pathOf(name),
      '-o',
      output,
      '--calibration',
      set,
      '--report',
      report,
      '--json',
    );
  });
  afterAll(() => engine.dispose());

  test('gives the very file that the package gives, with the same figures', async () => {
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { int8Model, metrics, layers, logs } = await engine.quantize(classifier(name), dataset);
    expect(Buffer.compare(readFileSync(output), int8Model)).toBe(0);
    const said = parsed(run.stdout);
    const time = expect.any(Number) as number;
    expect(said).toMatchObject({
      input: pathOf(name),
      output,
      success: true,
      quantizedSizeBytes: int8Model.length,
      metrics: { ...metrics, quantizationLatencyMs: time, inferenceLatency: expect.any(Object) as object },
      layers,
      logs,
    });
    expect(said).not.toHaveProperty('error');
  });

  test('writes, as its report, what getReport() gives', async () => {
    await engine.quantize(classifier(name), dataset);
    const { input, output: written, ...said } = parsed(run.stdout);
    const inFile = parsed(readFileSync(report, 'utf8'));
    expect(inFile).toEqual(said);
    expect([input, written]).toEqual([pathOf(name), output]);
    // Only the times are another run's.
    const timeless = ({ metrics, ...rest }: QuantizationReport) => ({
      ...rest,
      metrics: { ...metrics, quantizationLatencyMs: 0, inferenceLatency: 0 },
    });
    expect(timeless(inFile)).toEqual(timeless(engine.getReport()));
  });

  test('runs in ONNX Runtime, with the classes that Alice gives', async () => {
    await engine.load(readFileSync(output));
    const session = await InferenceSession.create(output);
    for (const { features } of dataset.samples.slice(0, 60)) {
      const row = Float32Array.from(features);
      const { probabilities } = await session.run({ features: new Tensor('float32', row, [1, 12]) });
      const values = [...(probabilities!.data as Float32Array)];
      expect(values.indexOf(Math.max(...values))).toBe(engine.inferSync(row).classIndex);
    }
    await session.release();
  });

  test('is compared as quantize measured it', async () => {
    const { code, stdout } = await runCli('compare', pathOf(name), output, '-d', set, '--json');
    expect(code).toBe(0);
    const { metrics } = parsed(run.stdout);
    const comparison = JSON.parse(stdout) as Record<string, number>;
    expect(comparison).toMatchObject({
      a: { precision: 'fp32' },
      b: { precision: 'int8' },
      rows: 1000,
      worstCosine: metrics.worstCosineSimilarity,
      top1Agreement: metrics.top1Agreement,
    });
    // The same sum in another order of additions.
    expect(comparison.meanCosine).toBeCloseTo(metrics.cosineSimilarity, 12);
    await engine.quantize(classifier(name), dataset);
    const differences = [];
    for (const { features } of dataset.samples)
      differences.push((await engine.compare([...features])).maxProbDiff);
    const largest = Math.max(...differences);
    expect(comparison.maxDifference).toBeCloseTo(largest, 7);
    expect(comparison.maxDifferenceRow).toBe(differences.indexOf(largest));
  });

  test('is described as a quantized model', async () => {
    const { stdout } = await runCli('inspect', output, '--json');
    const { layers } = parsed(run.stdout);
    expect(JSON.parse(stdout)).toMatchObject({ precision: 'int8', quantizedLayers: layers.length });
  });
});

describe('quantize', () => {
  test('prints a table for people', async () => {
    const { code, stdout } = await runCli('quantize', small, '-o', files.place('text.onnx'), '-c', set);
    expect(code).toBe(0);
    expect(stdout).toMatch(/mean cosine +0\.999/);
    expect(stdout).toMatch(/layer +operator +weights/);
    expect(stdout).toMatch(/Gemm +12 × 64/);
    expect(stdout).toContain(`wrote ${files.place('text.onnx')}`);
  });

  test('takes noise where it is given no data, and says so', async () => {
    const { code, stdout } = await runCli('quantize', small, '-o', files.place('noise.onnx'), '--json');
    expect(code).toBe(0);
    expect(parsed(stdout).metrics).toMatchObject({ source: 'synthetic' });
  });

  test('hands the flags to the engine', async () => {
    const flags = ['--calibration-samples', '60', '--no-enable-auto-fallback', '--max-accuracy-drop=0'];
    const output = files.place('flags.onnx');
    const { code, stdout } = await runCli('quantize', small, '-o', output, '-c', set, '--json', ...flags);
    expect(code).toBe(0);
    expect(parsed(stdout).metrics.samples).toBe(60);
  });

  const strict = ['--fallback-threshold', '1', '--similarity-threshold', '1'];
  test('writes no model that is not good enough', async () => {
    const [output, report] = [files.place('poor.onnx'), files.place('poor.json')];
    const call = ['quantize', small, '-o', output, '-c', set, '-r', report, '--json', ...strict];
    const { code, stdout, stderr } = await runCli(...call);
    expect(code).toBe(1);
    expect(existsSync(output)).toBe(false);
    expect(stderr).toMatch(
      /fallbackThreshold 1[^]*code: quality_similarity_low[^]*--no-enable-auto-fallback/,
    );
    expect(parsed(stdout)).toMatchObject({
      success: false,
      output: null,
      error: { code: 'quality_similarity_low' },
    });
    expect(parsed(readFileSync(report, 'utf8'))).toMatchObject({
      success: false,
      fallbackReason: 'similarity_low',
      error: { code: 'quality_similarity_low' },
    });
  });

  test('writes it all the same where it is told not to fall back', async () => {
    const output = files.place('kept.onnx');
    const { code } = await runCli(
      'quantize',
      small,
      '-o',
      output,
      '-c',
      set,
      ...strict,
      '--no-enable-auto-fallback',
    );
    expect(code).toBe(0);
    expect(readFileSync(output)).toEqual(readFileSync(files.place('behavior-classifier.onnx')));
  });

  test('has no time limit but the one it is given', async () => {
    const output = files.place('late.onnx');
    const { code, stderr } = await runCli(
      'quantize',
      small,
      '-o',
      output,
      '-c',
      set,
      '--max-latency-ms',
      '0',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/code: quant_timeout/);
    expect(readFileSync(output)).toEqual(readFileSync(files.place('behavior-classifier.onnx')));
  });

  test.each([
    ['in a folder that is not there', files.place('nowhere/x.onnx'), /ENOENT/],
    ['that is a folder', files.place('.'), /EISDIR/],
  ])('names an output %s', async (_, output, message) => {
    const { code, stdout, stderr } = await runCli('quantize', small, '-o', output, '-c', set);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/code: file_unwritable/);
    expect(stderr).toMatch(message);
  });
});

describe('compare', () => {
  test('finds a model equal to itself', async () => {
    const { stdout } = await runCli('compare', small, small, '-d', set, '--json', '--min-similarity', '1');
    expect(JSON.parse(stdout)).toMatchObject({
      meanCosine: 1,
      worstCosine: 1,
      top1Agreement: 1,
      maxDifference: 0,
    });
  });

  test.each([
    ['--min-similarity', 'quality_similarity_low'],
    ['--min-agreement', 'quality_accuracy_drop'],
  ])('exits with 1 where %s is not reached', async (flag, errorCode) => {
    const large = pathOf('behavior-classifier-large');
    const { code, stdout, stderr } = await runCli('compare', small, large, '-d', set, '--json', flag, '1');
    expect(code).toBe(1);
    expect(stderr).toContain(`code: ${errorCode}`);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 1000, error: { code: errorCode } });
  });
});
