import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

let runtime;

async function start(files) {
  const folder = files.folderOf('tfjs');
  if (folder) setWasmPaths(folder);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
}

export async function load(variant, row, files) {
  runtime ??= start(files);
  await runtime;
  const { softmax, layers } = await files.json('layers.json');
  const constants = await files.floats('layers.f32');
  let next = 0;
  const constant = (dims) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return tf.tensor(constants.subarray(next, (next += size)), dims);
  };
  const dense = layers.map(({ k, n, hasBias, relu }) => ({
    b: constant([k, n]),
    ...(hasBias && { bias: constant([n]) }),
    activation: relu ? 'relu' : 'linear',
  }));
  return {
    isSync: true,
    run(values) {
      return tf.tidy(() => {
        let rows = tf.tensor2d(values, [row.rows, row.k]);
        for (const layer of dense) rows = tf.fused.matMul({ a: rows, ...layer });
        return (softmax ? tf.softmax(rows) : rows).dataSync();
      });
    },
    outputOf: (answer) => answer,
  };
}
