// Serves the benchmark's page and everything that it fetches, on loopback, and notes what was fetched. The page is
// cross-origin isolated: its clock is a fine one.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { inRoot } from '../../../tools/paths.mjs';
import { folders } from '../folders.mjs';

const routes = [
  ['/files/', folders.files],
  ['/litert/', inRoot('node_modules/@litertjs/core/wasm')],
  ['/tfjs/', inRoot('node_modules/@tensorflow/tfjs-backend-wasm/dist')],
  ['/kernels/', folders.kernels],
  ['/loop.mjs', inRoot('bench/speed/loop.mjs')],
  ['/', folders.page],
];

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

function fileOf(path) {
  const [prefix, target] = routes.find(([start]) => path.startsWith(start));
  const rest = normalize(path.slice(prefix.length));
  return rest.startsWith('..') ? null : join(target, rest === '.' ? '' : rest);
}

/** Resolves with { url, fetched, close }; `fetched()`: the files that were fetched since it was last asked, as { path, bytes }. */
export function serve() {
  let log = [];
  const server = createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url, 'http://page').pathname);
    const path = asked === '/' ? '/index.html' : asked;
    try {
      const bytes = readFileSync(fileOf(path));
      log.push({ path, bytes });
      response.writeHead(200, {
        ...headers,
        'Content-Type': types[extname(path)] ?? 'application/octet-stream',
      });
      response.end(bytes);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${server.address().port}/`,
        fetched() {
          const all = log;
          log = [];
          return all;
        },
        close() {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}
