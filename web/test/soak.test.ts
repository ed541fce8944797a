// The short form of npm run soak.
import { expect, test } from 'vitest';
import { soak } from '../../bench/soak/soak.mjs';

test('no answer is worse than the bounds allow, whatever goes wrong, and everything is counted', async () => {
  const inferences = 300_000;
  const summary = await soak({ inferences, seed: 1 });
  expect(summary.inferences.int8 + summary.inferences.fp32).toBeGreaterThanOrEqual(inferences);
  // What the run is about has happened.
  expect(Object.keys(summary.happened)).toHaveLength(14);
  expect(summary.losses).toBeGreaterThan(0);
  expect(Object.keys(summary.fallbacks).sort()).toEqual([
    'inference_slow',
    'manual_override',
    'memory_pressure',
    'quant_timeout',
    'runtime_error',
    'similarity_low',
  ]);
  expect(summary.recoveries).toBeGreaterThan(100);
  expect(summary.faulty.unseen).toBeGreaterThan(100);
  expect(summary.faulty.lowestSeen).toBeGreaterThanOrEqual(0.95);
  expect(summary.faulty.row).toBeLessThan(10);
});
