// The benchmark's page: hands the harness to whoever drives it, and watches what memories WebAssembly makes.
import { harness } from '../harness.mjs';
import { memoryBytes, watchMemories } from './memories.mjs';

async function bytesOf(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return response.arrayBuffer();
}

function filesOf(row) {
  const buffer = (name) => bytesOf(`/files/${row.id}/${name}`);
  return Object.assign(async (name) => new Uint8Array(await buffer(name)), {
    floats: async (name) => new Float32Array(await buffer(name)),
    json: async (name) => JSON.parse(new TextDecoder().decode(await buffer(name))),
    folderOf: (contestant) => `/${contestant}/`,
  });
}

const freshLoop = (id) => import(/* @vite-ignore */ `/loop.mjs?of=${encodeURIComponent(id)}`);

globalThis.place = { ...harness({ filesOf, freshLoop }), watchMemories, memoryBytes };
