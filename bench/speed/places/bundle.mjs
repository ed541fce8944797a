// Bundles the benchmark's page as any page is bundled: a chunk for each contestant, minified.
import { build } from 'vite';
import { inRoot } from '../../../tools/paths.mjs';
import { folders } from '../folders.mjs';

export const bundlePage = () =>
  build({
    configFile: false,
    root: inRoot('bench/speed/places'),
    logLevel: 'error',
    build: {
      outDir: folders.page,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { external: ['onnxruntime-node'] },
    },
  });
