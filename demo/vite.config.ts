import { defineConfig, type Plugin } from 'vite';

/** The built page may load its own files and compile WebAssembly, and nothing else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Only for the built page: Vite's development server styles it with inline elements. */
const policyInHead: Plugin = {
  name: 'alice:content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  base: './',
  plugins: [policyInHead],
  // Models and data stay files of their own: nothing is inlined into the code.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The engine as plain JavaScript is one, for pages that cannot run WebAssembly.
    chunkSizeWarningLimit: 4000,
  },
});
