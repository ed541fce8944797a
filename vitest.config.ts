import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['web/test/**/*.test.ts', '{tools,bench}/**/*.test.mjs'],
    // For what hangs; how long the rest takes on a busy machine is nothing that a test knows.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // By default one processor stays idle.
    maxWorkers: availableParallelism(),
    passWithNoTests: false,
  },
});
