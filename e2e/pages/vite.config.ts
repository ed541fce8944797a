import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    outDir: inRoot('build/e2e-pages'),
    emptyOutDir: true,
    rolldownOptions: { input: inRoot('e2e/pages/engine.html') },
  },
});
