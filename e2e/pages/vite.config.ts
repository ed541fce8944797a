import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** strict.html may run the scripts that it brings, and nothing that is made of text or bytes. */
const strictPage: Plugin = {
  name: 'strict-page',
  configurePreviewServer(server) {
    server.middlewares.use((request, response, next) => {
      if (request.url?.startsWith('/strict.html')) {
        response.setHeader('Content-Security-Policy', "default-src 'self'; script-src 'self'; img-src data:");
      }
      next();
    });
  },
};

/** isolated.html may share memory with its workers; they come with the same header. */
const isolatedPage: Plugin = {
  name: 'isolated-page',
  configurePreviewServer(server) {
    server.middlewares.use((request, response, next) => {
      if (request.url?.startsWith('/isolated.html')) {
        response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      }
      if (/^\/isolated.html|\.js$/.test(request.url ?? '')) {
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      next();
    });
  },
};

export default defineConfig({
  base: './',
  plugins: [strictPage, isolatedPage],
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
