// Node processes as places.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('node-process.mjs', import.meta.url));

/** A new process: { call, close }. */
export function openNode() {
  const child = fork(program, {
    execArgv: ['--experimental-wasm-relaxed-simd', '--disable-warning=ExperimentalWarning'],
  });
  const pending = [];
  child.on('message', ({ value, error }) => {
    const { resolve, reject } = pending.shift();
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  });
  const ended = new Promise((resolve) => {
    child.on('exit', (code) => {
      for (const { reject } of pending) reject(new Error(`the Node process ended with exit code ${code}`));
      resolve();
    });
  });
  return {
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        pending.push({ resolve, reject });
        child.send({ name, args }, (error) => error && reject(error));
      }),
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
