import { describe, expect, it } from 'vitest';
import { quantile, ratioOf, spreadOf } from './statistics.mjs';

describe('quantile', () => {
  it('is a value, or lies between its neighbours', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
    expect(quantile([0, 10], 0.9)).toBe(9);
    expect(quantile([7], 0.75)).toBe(7);
  });

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses to make one of nothing', () => {
    expect(() => quantile([], 0.5)).toThrow('No values');
  });
});

describe('spreadOf', () => {
  it('is not moved by an outlier', () => {
    expect(spreadOf([1, 2, 3, 4, 1000])).toEqual({ median: 3, lower: 2, upper: 4 });
  });
});

describe('ratioOf', () => {
  it('divides within each round, so that a slow round disturbs both sides alike', () => {
    expect(ratioOf([2, 20, 200], [1, 10, 100])).toEqual({ median: 2, lower: 2, upper: 2 });
  });

  it('refuses rounds that do not belong together', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('2 rounds');
  });
});
