// What runs in a Node process that is a place: answers calls of the harness, one after the other.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folders } from '../folders.mjs';
import { harness } from '../harness.mjs';

// Contestants find their own files in Node by themselves.
const folderOf = (contestant) =>
  contestant === 'kernels' ? pathToFileURL(`${folders.kernels}/`).href : undefined;

function filesOf(row) {
  const bytes = async (name) => new Uint8Array(await readFile(join(folders.files, row.id, name)));
  return Object.assign(bytes, {
    floats: async (name) => new Float32Array((await bytes(name)).buffer),
    json: async (name) => JSON.parse(new TextDecoder().decode(await bytes(name))),
    folderOf,
  });
}

const freshLoop = (id) => import(`../loop.mjs?of=${encodeURIComponent(id)}`);
const place = harness({ filesOf, freshLoop });

let last = Promise.resolve();
process.on('message', ({ name, args }) => {
  last = last
    .then(() => place[name](...args))
    .then(
      (value) => process.send({ value }),
      (error) => process.send({ error: String(error?.stack ?? error) }),
    );
});

// Threads of native packages would keep it alive.
process.on('disconnect', () => process.exit());
