import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const coep = { 'Cross-Origin-Embedder-Policy': 'require-corp' };
/** What some files come with. */
const headers: [RegExp, Record<string, string>][] = [
  // May run the scripts that it brings, and nothing that is made of text or bytes.
  [/^\/strict\.html/, { 'Content-Security-Policy': "default-src 'self'; script-src 'self'; img-src data:" }],
  // May share memory with its workers, which come with the same header.
  [/^\/isolated\.html/, { 'Cross-Origin-Opener-Policy': 'same-origin', ...coep }],
  [/\.js$/, coep],
];

const withHeaders: Plugin = {
  name: 'with-headers',
  configurePreviewServer(server) {
    server.middlewares.use((request, response, next) => {
      for (const [file, own] of headers) {
        if (!file.test(request.url ?? '')) continue;
        for (const [name, value] of Object.entries(own)) response.setHeader(name, value);
      }
      next();
    });
  },
};

export default defineConfig({
  base: './',
  plugins: [withHeaders],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    // The engine as plain JavaScript is one.
    chunkSizeWarningLimit: 4000,
    outDir: inRoot('build/e2e-pages'),
    emptyOutDir: true,
    rolldownOptions: {
      input: ['engine', 'strict', 'isolated'].map((name) => inRoot(`e2e/pages/${name}.html`)),
    },
  },
});
