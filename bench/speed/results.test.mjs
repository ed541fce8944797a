import { describe, expect, it } from 'vitest';
import { variantsOf } from './contestants.mjs';
import { judgeGoals } from './goals.mjs';
import { addPass, figuresOf, peakOf } from './results.mjs';
import { rows } from './rows.mjs';

const time = { id: 'time', unit: 'ms', kind: 'answers' };
const rate = { id: 'rate', unit: 'GMAC/s', kind: 'answers' };

const variant = (id, precision, more) => ({ id, precision, runsIn: ['page', 'node'], ...more });
const alice = (values) => ({ variant: variant('alice/fp32', 'fp32'), values });
const peer = (values) => ({ variant: variant('peer/fp32', 'fp32'), values });

const hotOf = (row, results) => figuresOf({ row, hot: results }).hot;

describe('figuresOf', () => {
  it('says how many times as fast Alice is, of times and of rates', () => {
    const [, slower] = hotOf(time, [alice([1000, 4000]), peer([2000, 8000])]);
    expect(slower).toMatchObject({ median: 5, lead: { median: 2 } });
    const [own, faster] = hotOf(rate, [alice([10, 30]), peer([20, 60])]);
    expect(faster).toMatchObject({ median: 40, lead: { median: 0.5 } });
    expect(own).not.toHaveProperty('lead');
  });

  it('puts the passes together, round after round', () => {
    const collected = new Map();
    addPass(collected, time, { hot: [{ ...alice([1000]), ranOn: ['relaxed'] }, peer([3000])] });
    addPass(collected, time, { hot: [{ ...alice([2000]), ranOn: ['simd128'] }, peer([8000])] });
    const [{ isa }, { rounds, lead }] = figuresOf(collected.get('time')).hot;
    expect(isa).toBe('relaxed, simd128');
    expect({ rounds, lead: lead.median }).toEqual({ rounds: 2, lead: 3.5 });
  });

  it('gives the cost of the monitor in % of an inference', () => {
    const on = { variant: variant('alice/int8-dynamic', 'int8-dynamic'), values: [11, 24] };
    const off = { variant: variant('alice/int8-dynamic/monitor off', 'int8-dynamic'), values: [10, 20] };
    const { monitorCost } = figuresOf({ row: { ...time, monitorCost: true }, hot: [on, off] });
    expect(monitorCost.median).toBeCloseTo(15, 9);
  });
});

describe('peakOf', () => {
  const peak = (precision, isa, values) => ({
    variant: variant(`${isa}/${precision}`, precision, { kind: 'peak', isa }),
    values,
  });
  const peaks = [peak('int8-dynamic', 'relaxed', [100]), peak('int8-dynamic', 'simd128', [40])];
  const all = [...peaks, peak('fp32', 'relaxed', [30])];

  it('is the best one of the precision for a package', () => {
    const package_ = { variant: variant('peer/int8-static', 'int8-static') };
    expect(peakOf(package_, all).variant.id).toBe('relaxed/int8-dynamic');
    expect(peakOf(peer([]), all).variant.id).toBe('relaxed/fp32');
  });

  it('is that of its own instructions for a kernel', () => {
    const kernel = { variant: variant('k', 'int8-dynamic', { kind: 'kernel', isa: 'simd128' }) };
    expect(peakOf(kernel, all).variant.id).toBe('simd128/int8-dynamic');
  });

  it("is none for native code, which has a processor's instructions", () => {
    const native = { variant: { ...variant('n', 'fp32'), runsIn: ['node'] } };
    expect(peakOf(native, all)).toBeUndefined();
  });
});

describe('judgeGoals', () => {
  const row = rows.find(({ id }) => id === 'one-behavior-classifier');
  const run = (alice_, peer_) =>
    judgeGoals(
      new Map([
        [
          row.id,
          {
            hot: variantsOf(row).map((each) => ({
              variant: each,
              values: [each.contestant === 'alice' ? alice_ : peer_],
            })),
          },
        ],
      ]),
    );

  it('holds what was measured to the bounds, and nothing else', () => {
    expect(run(0.3, 9).map(({ isMet }) => isMet)).toEqual([true, true]);
    expect(run(0.4, 7).map(({ isMet }) => isMet)).toEqual([false, false]);
  });
});
