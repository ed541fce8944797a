import { describe, expect, it } from 'vitest';
import { digits, table } from './markdown.mjs';

describe('digits', () => {
  it('keeps three significant ones, and no more than three decimals', () => {
    expect([0.2034, 1.2345, 12.345, 123.45, 1234.5, 0.0312].map(digits)).toEqual([
      '0.203',
      '1.23',
      '12.3',
      '123',
      '1235',
      '0.031',
    ]);
    expect([0, -12.345].map(digits)).toEqual(['0', '-12.3']);
  });
});

describe('table', () => {
  it('is a Markdown table', () => {
    expect(table(['a', 'b'], [[1, 2]])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
  });
});
