// How much a second thread can add at all: the instruction of INT8 products, in registers only, on one processor and on two.
// On a shared machine two processors may be two threads of one core, or taken by others for a while.
import { moduleOf } from './kernels.mjs';

export const name = 'processors';
const build = 'relaxed';
const title = 'i32x4.relaxed_dot_i8x16_i7x16_add';
// Some 0.6 ms of one processor.
const reps = 3e5;

/** The same work, done by one thread and by two. */
export const variants = [
  [1, 'one processor'],
  [2, 'two processors'],
].map(([count, text]) => ({
  id: `${name}/${count}`,
  contestant: name,
  title: text,
  kind: 'processors',
  runsIn: ['page'],
  precision: 'int8-dynamic',
  isa: build,
  count,
}));

// state[0]: how many runs were begun; state[1]: how many the second thread has ended. It sleeps when there is none for a while.
const secondThread = `onmessage = async ({ data: { url, title, reps, state } }) => {
  const { default: create } = await import(url);
  const module = await create();
  postMessage('ready');
  for (let ended = 0; ; ended += 1) {
    for (let look = 0; look < 1e5 && Atomics.load(state, 0) === ended; look += 1);
    Atomics.wait(state, 0, ended);
    module.runPeak(title, reps);
    Atomics.store(state, 1, ended + 1);
  }
};`;

async function startThread(job) {
  const source = URL.createObjectURL(new Blob([secondThread], { type: 'text/javascript' }));
  const thread = new globalThis.Worker(source);
  await new Promise((resolve, reject) => {
    thread.onmessage = resolve;
    thread.onerror = ({ message }) => reject(new Error(`The second thread did not start: ${message}`));
    thread.postMessage(job);
  });
}

export async function load({ count }, row, files) {
  const { module, url } = await moduleOf(build, files);
  // Of the row's unit: a rate where its other variants have one.
  const macs = row.macs && module.runPeak(title, reps);
  if (count === 1) return { isSync: true, macs, run: () => module.runPeak(title, reps) };

  const half = reps / 2;
  const state = new Int32Array(new SharedArrayBuffer(8));
  await startThread({ url: new URL(url, globalThis.location.href).href, title, reps: half, state });
  let begun = 0;
  const run = () => {
    begun += 1;
    Atomics.store(state, 0, begun);
    Atomics.notify(state, 0);
    module.runPeak(title, half);
    while (Atomics.load(state, 1) !== begun);
  };
  return { isSync: true, macs, run };
}
