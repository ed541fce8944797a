// The short form of npm run soak.
import { expect, test } from 'vitest';
import { soak } from '../../bench/soak/soak.mjs';

test('no answer is worse than the bounds allow, whatever goes wrong, and everything is counted', async () => {
  const inferences = 300_000;
  const seed = 20_260_101;
  const summary = await soak({ inferences, seed });
  expect(summary.inferences.int8 + summary.inferences.fp32).toBeGreaterThanOrEqual(inferences);
  // What the run is about has happened.
  for (const times of Object.values(summary.happened)) expect(times).toBeGreaterThan(0);
  const reasons = ['similarity_low', 'runtime_error', 'memory_pressure', 'inference_slow', 'manual_override'];
  expect(Object.keys(summary.fallbacks)).toEqual(expect.arrayContaining(reasons));
  expect(summary.recoveries).toBeGreaterThan(100);
  expect(summary.faulty.unseen).toBeGreaterThan(100);
  expect(summary.faulty.lowestSeen).toBeGreaterThanOrEqual(0.95);
  expect(summary.faulty.row).toBeLessThan(10);
}, 120_000);
