import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['web/test/**/*.test.ts', '{tools,bench}/**/*.test.mjs'],
    testTimeout: 20_000,
    // By default one processor stays idle.
    maxWorkers: availableParallelism(),
    passWithNoTests: false,
  },
});
