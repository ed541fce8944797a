import { AliceError, BEHAVIOR_CLASSES, type CalibrationDataset, type CalibrationInput } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { shapeCalibration } from '../dist/calibration.js';
import { spreadOver } from '../dist/sample-choice.js';

function filled(input: CalibrationInput, limit = 1000) {
  const rows = shapeCalibration(input, limit);
  const values = new Float32Array(rows.count * Math.max(1, rows.width));
  const labels = new Int32Array(rows.width > 0 ? rows.count : 0);
  rows.fill(values, labels);
  return { ...rows, values: [...values], labels: [...labels] };
}

const dataset = (samples: { features: unknown; expectedBehavior?: string }[]) =>
  ({ samples }) as unknown as CalibrationDataset;
const row = (value: number, width = 12) => new Array<number>(width).fill(value);

describe('calibration data', () => {
  test('of a data set becomes rows and labels', () => {
    const shaped = filled(
      dataset([
        { features: row(0.25), expectedBehavior: 'uncertain' },
        { features: row(0.5), expectedBehavior: 'lost_confused' },
        { features: row(0.75) },
      ]),
    );
    expect(shaped).toMatchObject({ width: 12, count: 3, behaviorSet: true, labels: [5, 0, -1] });
    expect(shaped.values).toEqual([...row(0.25), ...row(0.5), ...row(0.75)]);
  });

  test('of rows has no labels', () => {
    const shaped = filled([
      [1, 2],
      [3, 4],
    ]);
    expect(shaped).toMatchObject({
      width: 2,
      count: 2,
      behaviorSet: false,
      labels: [-1, -1],
      values: [1, 2, 3, 4],
    });
    expect(filled([Float32Array.of(1, 2)])).toMatchObject({ width: 2, values: [1, 2] });
  });

  test('that is flat leaves its width to the model', () => {
    expect(filled(Float32Array.of(1, 2, 3))).toMatchObject({
      width: 0,
      count: 3,
      behaviorSet: false,
      values: [1, 2, 3],
    });
  });

  test('keeps a NaN that JSON has turned into null', () => {
    const text = JSON.stringify({ samples: [{ features: [NaN, ...row(0, 11)] }] });
    expect(filled(JSON.parse(text) as CalibrationDataset).values[0]).toBeNaN();
  });

  test('of unequal widths is represented by the wrong rows', () => {
    const shaped = filled(
      dataset([{ features: row(0.1) }, { features: row(0.2, 11) }, { features: row(0.3) }]),
    );
    expect(shaped).toMatchObject({ width: 11, count: 1, values: row(Math.fround(0.2), 11) });
  });

  test('that is capped says where its rows stood', () => {
    const shaped = shapeCalibration(
      Array.from({ length: 100 }, (_, i) => [i]),
      10,
    );
    expect(Array.from({ length: 10 }, (_, i) => shaped.originalIndex(i))).toEqual([
      5, 15, 25, 35, 45, 55, 65, 75, 85, 95,
    ]);
  });

  test.each<[string, unknown]>([
    ['no calibration data', { rows: [] }],
    ['a string', 'samples'],
    ['null', null],
    ['a row that is no array', [[1], 2]],
    ['an empty row', [[]]],
    ['rows of unequal width', [[1, 2], [1]]],
    ['a sample that is nothing', { samples: [null] }],
    ['a sample without features', { samples: [{ id: 'a' }] }],
    ['a sample with features that are no array', { samples: [{ features: 'abc' }] }],
    ['a sample of an unknown class', { samples: [{ features: row(0), expectedBehavior: 'bored' }] }],
  ])('is refused where it is %s', (_, input) => {
    const shape = () => shapeCalibration(input as CalibrationInput, 1000);
    expect(shape).toThrow(AliceError);
    expect(shape).toThrow(expect.objectContaining({ code: 'argument_invalid' }));
  });
});

describe('a capped choice', () => {
  const labels = (counts: number[]) =>
    Int32Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
  const countsOf = (all: Int32Array, chosen: number[]) =>
    chosen.reduce<number[]>((counts, i) => {
      counts[all[i]!] = (counts[all[i]!] ?? 0) + 1;
      return counts;
    }, []);

  test('is everything where there is room', () => {
    expect(spreadOver(labels([2, 1]), 3)).toEqual([0, 1, 2]);
  });

  test('has exactly the limit, in order, without repetition', () => {
    for (const limit of [32, 33, 100, 599]) {
      const chosen = spreadOver(labels([300, 200, 100]), limit);
      expect(chosen).toHaveLength(limit);
      expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    }
  });

  test('keeps the share of each label', () => {
    const all = labels([300, 200, 100]);
    expect(countsOf(all, spreadOver(all, 60))).toEqual([30, 20, 10]);
  });

  test('loses no label, however rare', () => {
    const all = labels([100_000, 1, 1, 1, 1, 1]);
    const chosen = spreadOver(all, 32);
    expect(countsOf(all, chosen)).toEqual([27, 1, 1, 1, 1, 1]);
    expect(BEHAVIOR_CLASSES).toHaveLength(6);
  });

  test('does not prefer the beginning', () => {
    const chosen = spreadOver(new Int32Array(1000).fill(-1), 50);
    expect(chosen).toEqual(Array.from({ length: 50 }, (_, i) => 10 + 20 * i));
  });
});
