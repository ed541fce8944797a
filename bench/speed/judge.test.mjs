import { describe, expect, it } from 'vitest';
import { judge } from './judge.mjs';
import { matrixProduct, noise } from './models/layers.mjs';

const [m, k, n] = [4, 256, 8];
const row = { macs: m * k * n, reductions: [k] };
const float = { precision: 'fp32' };
const int8 = { precision: 'int8-static' };

const inputs = noise(m * k, 3);
const [{ weights }] = matrixProduct(k, n).layers;

function product(terms, code = (value) => value) {
  return Float32Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let t = 0; t < terms; t += 1) sum += code(inputs[i * k + t]) * code(weights[t * n + j]);
    return sum;
  });
}

const expected = product(k);
const codeOf = (steps) => (value) => Math.round(value * steps) / steps;

describe('judge', () => {
  it('accepts what rounds otherwise, and refuses a missing term', () => {
    expect(judge(float, row, product(k, Math.fround), expected).cosine).toBeGreaterThan(0.999999);
    expect(() => judge(float, row, product(k - 1), expected)).toThrow('wrong answers');
  });

  it('accepts 8 bits for INT8, but not 4, and not in place of FP32', () => {
    expect(judge(int8, row, product(k, codeOf(127)), expected).relativeError).toBeLessThan(0.02);
    expect(() => judge(int8, row, product(k, codeOf(7)), expected)).toThrow('wrong answers');
    expect(() => judge(float, row, product(k, codeOf(127)), expected)).toThrow('wrong answers');
  });

  it('refuses NaN, and answers of another size', () => {
    expect(() =>
      judge(
        int8,
        row,
        expected.map(() => NaN),
        expected,
      ),
    ).toThrow('wrong answers');
    expect(() => judge(int8, row, expected.subarray(1), expected)).toThrow('31 values');
  });
});
