import { Tensor, loadAndCompile, loadLiteRt } from '@litertjs/core';
import { withChannelsLast } from '../models/channels-last.mjs';

const kinds = { fp32: 'fp32.tflite', 'int8-static': 'int8.tflite' };
let runtime;

export async function load(variant, row, files) {
  runtime ??= loadLiteRt(files.folderOf('litert'));
  await runtime;
  const model = await loadAndCompile(await files(kinds[variant.precision]), {
    accelerator: 'wasm',
    cpuOptions: { numThreads: 1 },
  });
  const [, channels, height, width] = row.dims ?? [];
  const dims = row.dims ? [1, height, width, channels] : [row.rows, row.k];
  return {
    isSync: false,
    ...(row.dims && { inputOf: (values) => withChannelsLast(values, channels, height * width) }),
    // Its tensors live in its own heap: they are made, read and freed at every call.
    async run(values) {
      const input = new Tensor(values, dims);
      const [output] = await model.run([input]);
      const answer = output.toTypedArray();
      input.delete();
      output.delete();
      return answer;
    },
    outputOf: (answer) => answer,
  };
}
