/** The glue that Emscripten writes for `alice-threads.wasm`, beside which it is put. */
export { default } from './alice.mjs';
