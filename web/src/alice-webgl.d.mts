/** The glue that Emscripten writes for `alice-webgl.wasm`, beside which it is put. */
export { default } from './alice.mjs';
