import { describe, expect, it } from 'vitest';
import { asFilter, dealOut } from './run-catch2.mjs';

describe('asFilter', () => {
  it('escapes what Catch2 would take for more than a character', () => {
    expect(asFilter('moves [r, c], in place')).toBe('moves \\[r\\, c\\]\\, in place');
  });
});

describe('dealOut', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];

  it('gives neighbours to different hands, and every test to one', () => {
    expect(dealOut(names, 2)).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ]);
  });

  it('leaves no hand empty', () => {
    expect(dealOut(['a'], 4)).toEqual([['a']]);
    expect(dealOut(names, 1)).toEqual([names]);
  });
});
