/** The rest of the module as JavaScript, for the exports of its first file. */
export function instantiate(imports: { primary: WebAssembly.Exports }): WebAssembly.Exports;
export const build: string;
