export { default } from './alice.mjs';

/** The module as JavaScript: what `WebAssembly.Instance` is to a module. */
export function instantiate(imports: WebAssembly.Imports): WebAssembly.Exports;
/** Which build it is of. */
export const build: string;
