// Times calls. Every variant imports a copy of this file of its own (another query): V8 then specializes each loop for the
// one function that it calls, as it would in a page that uses one package.

let next = 0;
let chunk = 1;
// What was answered last: without a reader, answers could be optimized away.
export let answer;

/** The mean time of a call in µs, over at least `ms` milliseconds; `inputs` are taken in turn. */
export function timeCalls(run, inputs, ms) {
  const begin = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    for (let i = 0; i < chunk; i += 1) {
      answer = run(inputs[next]);
      next = next + 1 === inputs.length ? 0 : next + 1;
    }
    calls += chunk;
    elapsed = performance.now() - begin;
  }
  return perCall(elapsed, calls);
}

/** The same for functions that give a promise: each is awaited before the next call. */
export async function timeAwaited(run, inputs, ms) {
  const begin = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    for (let i = 0; i < chunk; i += 1) {
      answer = await run(inputs[next]);
      next = next + 1 === inputs.length ? 0 : next + 1;
    }
    calls += chunk;
    elapsed = performance.now() - begin;
  }
  return perCall(elapsed, calls);
}

// The clock is read some eight times a slice.
function perCall(elapsed, calls) {
  chunk = Math.max(1, Math.floor(calls / 8));
  return (elapsed * 1000) / calls;
}
