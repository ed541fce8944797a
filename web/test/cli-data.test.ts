import { readFileSync } from 'node:fs';
import { BEHAVIOR_CLASSES, createEngine, type CalibrationDataset, type CalibrationSample } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { checkCalibration } from '../dist/cli/calibration-check.js';
import { classifier, standardDataset } from './fixtures/classifiers.js';
import {
  float32Bytes,
  inRepository,
  npyBytes,
  npyHeader,
  runCli,
  runHere,
  temporaryFolder,
} from './fixtures/command-line.js';

const files = temporaryFolder();
const dataset = standardDataset();
const set = inRepository('calibration-data/standard-1000.json');
const model = inRepository('models/behavior-classifier.onnx');
const rows = dataset.samples.slice(0, 90).map(({ features }) => [...features]);
const replaced = (row: readonly number[], at: number, value: number) =>
  row.map((old, i) => (i === at ? value : old));
const flat = float32Bytes(rows.flat());
const header = npyHeader(90, 12);

const rowFiles = {
  json: files.writeJson('rows.json', rows),
  npy: files.write('rows.npy', npyBytes(header, flat)),
  bin: files.write('rows.bin', flat),
};

describe('rows', () => {
  test.each(Object.keys(rowFiles) as (keyof typeof rowFiles)[])(
    'of a .%s file are those that were written',
    async (kind) => {
      const engine = await createEngine({ maxLatencyMs: Infinity, calibrationSamples: 60 });
      const { metrics } = await engine.quantize(classifier('behavior-classifier'), rows);
      engine.dispose();
      const { cosineSimilarity, worstCosineSimilarity, worstSample } = metrics;
      const call = [
        'quantize',
        model,
        '-o',
        files.place(`${kind}.onnx`),
        '--json',
        '--calibration-samples',
        '60',
      ];
      const { code, stdout } = await runCli(...call, '-c', rowFiles[kind]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        metrics: { samples: 60, cosineSimilarity, worstCosineSimilarity, worstSample },
      });
      const compared = await runCli(
        'compare',
        model,
        files.place(`${kind}.onnx`),
        '-d',
        rowFiles[kind],
        '--json',
      );
      expect(JSON.parse(compared.stdout)).toMatchObject({ rows: 90 });
      expect((await runCli('calibrate', '--check', rowFiles[kind])).code).toBe(0);
    },
  );

  const changed = (change: Partial<Record<number, unknown>>, width = 12) =>
    rows.map((row, i) => (i in change ? change[i] : row.slice(0, width)));
  const badFiles: [string, string, string, RegExp][] = [
    [
      'of another width',
      files.writeJson('width.json', changed({}, 11)),
      'calibration_width',
      /11 values.*12/,
    ],
    [
      'that leave a remainder',
      files.write('rest.bin', float32Bytes([...rows.flat(), 0.5])),
      'calibration_width',
      /1081 .*12/,
    ],
    [
      'with a NaN',
      files.write('nan.npy', npyBytes(header, float32Bytes([NaN, ...rows.flat().slice(1)]))),
      'calibration_not_finite',
      /nan/i,
    ],
    [
      'with a null',
      files.writeJson('null.json', changed({ 3: [null, ...rows[3]!.slice(1)] })),
      'calibration_not_finite',
      /3/,
    ],
  ];
  test.each(badFiles)('%s are named', async (_, path, errorCode, message) => {
    const output = files.place('x.onnx');
    const calls = [
      ['quantize', model, '-o', output, '-c', path, '--json'],
      ['compare', model, model, '-d', path, '--json'],
      ['calibrate', '--check', path, '--json'],
    ];
    for (const call of calls) {
      const { code, stdout, stderr } = await runHere(...call);
      expect(code).toBe(4);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: errorCode, stage: 'calibration' } });
      expect(stderr).toMatch(message);
      expect(stderr).toContain(`code: ${errorCode}`);
    }
  });

  const withHeader = (text: string) => npyBytes(text, flat);
  const malformed: [string, string, RegExp][] = [
    ['a .json that is none', files.write('broken.json', '{"samples": ['), /no JSON/],
    ['a .json of another content', files.writeJson('other.json', { rows: [] }), /samples/],
    ['rows of unequal width', files.writeJson('unequal.json', [...rows, [1, 2]]), /row 90 has 2 values/],
    ['a .bin of odd bytes', files.write('odd.bin', flat.subarray(1)), /4319 bytes/],
    ['a .npy that is none', files.write('text.npy', 'hello, world'), /\\x93NUMPY/],
    [
      'a .npy that ends early',
      files.write('early.npy', npyBytes(header, flat.subarray(4))),
      /4316 bytes.*4320/,
    ],
    [
      'a .npy that ends late',
      files.write('late.npy', npyBytes(header, Uint8Array.of(...flat, 0))),
      /4321 bytes/,
    ],
    [
      'a .npy without all of its header',
      files.write('cut.npy', npyBytes(header, flat).subarray(0, 60)),
      /inside its header/,
    ],
    [
      'a .npy of its first bytes',
      files.write('first.npy', npyBytes(header, flat).subarray(0, 7)),
      /inside its header/,
    ],
    [
      'a .npy of f64',
      files.write('f64.npy', withHeader(header.replace('<f4', '<f8'))),
      /holds <f8.*\n[^]*astype/,
    ],
    [
      'a .npy of big-endian f32',
      files.write('big.npy', withHeader(header.replace('<f4', '>f4'))),
      /holds >f4/,
    ],
    [
      'a .npy of records',
      files.write('records.npy', withHeader(header.replace("'<f4'", "[('x', '<f4')]"))),
      /holds \[/,
    ],
    [
      'a .npy in Fortran order',
      files.write('fortran.npy', withHeader(header.replace('False', 'True'))),
      /Fortran order/,
    ],
    [
      'a .npy of rank 1',
      files.write('rank1.npy', withHeader(header.replace('(90, 12)', '(1080,)'))),
      /shape \(1080,\)/,
    ],
    [
      'a .npy of rank 3',
      files.write('rank3.npy', withHeader(header.replace('(90, 12)', '(90, 3, 4)'))),
      /shape \(90, 3, 4\)/,
    ],
    [
      'a .npy without a shape',
      files.write('noshape.npy', withHeader(header.replace('shape', 'form'))),
      /'shape'/,
    ],
  ];
  test.each(malformed)('in %s are refused by name', async (_, path, message) => {
    const { code, stderr } = await runHere('quantize', model, '-o', files.place('x.onnx'), '-c', path);
    expect(code).toBe(4);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(path);
    expect(stderr).toContain('code: data_malformed');
  });

  test('of a file that is not there are named', async () => {
    const { code, stderr } = await runHere('compare', model, model, '-d', files.place('none.npy'));
    expect(code).toBe(5);
    expect(stderr).toMatch(/none\.npy[^]*code: file_not_found/);
  });
});

describe('calibrate', () => {
  test('makes the standard set, byte for byte', async () => {
    const output = files.place('standard.json');
    const arguments_ = ['--count', '1000', '--seed', '3', '--generated-at', '2025-11-20T00:00:00.000Z'];
    const { code, stdout } = await runCli('calibrate', ...arguments_, '-o', output, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ output, count: 1000, signature: dataset.signature });
    expect(Buffer.compare(readFileSync(output), readFileSync(set))).toBe(0);
  });

  test('makes other sets, which can be used, on standard output', async () => {
    const { code, stdout } = await runCli('calibrate', '-n', '100', '-s', '7', '--split', 'test');
    expect(code).toBe(0);
    const made = JSON.parse(stdout) as CalibrationDataset;
    expect(checkCalibration(made, 12)).toEqual({ samples: 100, problems: [] });
    expect(made.samples.map(({ expectedBehavior }) => expectedBehavior)).toEqual(
      Array.from({ length: 100 }, (_, i) => BEHAVIOR_CLASSES[i % 6]),
    );
    expect(made.samples[4]!.synthesisParams).toEqual({
      behavior: 'casual_explore',
      seed: 7 * 2 ** 32 + 4,
      split: 'test',
    });
    expect(made.samples[4]!.features).not.toEqual(dataset.samples[4]!.features);
  });

  test('finds nothing wrong with the standard set', async () => {
    const { code, stdout } = await runCli('calibrate', '--check', set, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ file: set, valid: true, samples: 1000, problems: [] });
  });

  const withSamples = (change: (sample: CalibrationSample, i: number) => unknown) =>
    ({ ...dataset, samples: dataset.samples.map(change) }) as CalibrationDataset;
  const withFeature = (value: number) =>
    withSamples((sample, i) =>
      i === 5 ? { ...sample, features: replaced(sample.features, 2, value) } : sample,
    );
  const without = (name: string) => ({
    ...dataset,
    samples: dataset.samples.filter(({ expectedBehavior }) => expectedBehavior !== name),
  });
  const badSets: [string, CalibrationDataset, string, RegExp][] = [
    ['a NaN', withFeature(NaN), 'calibration_not_finite', /value 2 of sample 5/],
    ['an infinite value', withFeature(1e39), 'calibration_not_finite', /value 2 of sample 5/],
    ['a value above 1', withFeature(1.001), 'calibration_out_of_range', /value 2 of sample 5 is 1\.001/],
    ['a value below 0', withFeature(-0.001), 'calibration_out_of_range', /-0\.001/],
    [
      'another width',
      withSamples((sample, i) => (i === 5 ? { ...sample, features: [0.5] } : sample)),
      'calibration_width',
      /sample 5 has 1 values/,
    ],
    ['too few samples', { ...dataset, samples: dataset.samples.slice(0, 31) }, 'calibration_too_few', /31/],
    ['a class that is missing', without('rage_shake'), 'calibration_class_missing', /rage_shake/],
  ];
  test.each(badSets)('names %s, as the engine does', async (_, bad, errorCode, message) => {
    const path = files.writeJson('bad.json', bad);
    const { code, stdout, stderr } = await runHere('calibrate', '--check', path, '--json');
    expect(code).toBe(4);
    expect(stderr).toMatch(message);
    expect(JSON.parse(stdout)).toMatchObject({ valid: false, error: { code: errorCode } });

    const engine = await createEngine();
    const { error } = await engine.quantize(classifier('behavior-classifier'), bad);
    engine.dispose();
    expect(error?.code).toBe(errorCode);
    const quantized = await runHere('quantize', model, '-o', files.place('x.onnx'), '-c', path, '--json');
    expect(quantized.code).toBe(4);
    expect(JSON.parse(quantized.stdout)).toMatchObject({ output: null, error: { code: errorCode } });
  });

  test('accepts the least that the engine accepts', () => {
    const least = { ...dataset, totalSamples: 32, samples: dataset.samples.slice(0, 32) };
    expect(checkCalibration(least, 12).problems.map(({ code }) => code)).toEqual(['data_malformed']);
  });

  test.each<[string, unknown, RegExp]>([
    ['a changed value', withFeature(0.123), /signature/],
    ['a wrong total', { ...dataset, totalSamples: 999 }, /totalSamples is 999/],
    [
      'a sample twice',
      withSamples((sample, i) => (i === 6 ? { ...sample, id: 'sample-0000' } : sample)),
      /sample-0000/,
    ],
    [
      'an unknown class',
      withSamples((sample) => ({ ...sample, expectedBehavior: 'bored' })),
      /"bored".*999 more/,
    ],
    [
      'a sample without features',
      withSamples((sample, i) => (i === 6 ? { id: sample.id } : sample)),
      /sample 6/,
    ],
    ['a missing field', { ...dataset, statistics: undefined }, /statistics is missing/],
    ['no data set', { some: 'thing' }, /neither a data set/],
  ])('names %s', async (_, bad, message) => {
    const { code, stdout } = await runHere('calibrate', '--check', files.writeJson('form.json', bad));
    expect(code).toBe(4);
    expect(stdout).toMatch(message);
  });

  test('tells every fault of a set, and how often', async () => {
    const samples = [
      { features: replaced(replaced(rows[0]!, 0, 2), 1, 3) },
      { features: rows[1]!.slice(1) },
      { features: replaced(rows[2]!, 4, -1) },
    ];
    const { stdout } = await runHere(
      'calibrate',
      '--check',
      files.writeJson('many.json', { ...dataset, samples }),
    );
    expect(stdout).toContain('calibration_width: sample 1 has 11 values, not 12\n');
    expect(stdout).toContain('calibration_too_few: 3 samples');
    expect(stdout).toMatch(/calibration_out_of_range: value 0 of sample 0 is 2, .* and 2 more of the kind/);
    expect(stdout).toContain('data_malformed: totalSamples is 1000, but there are 3 samples');
  });
});
