import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['web/test/**/*.test.ts', '{tools,bench}/**/*.test.mjs'],
    testTimeout: 20_000,
    passWithNoTests: false,
  },
});
