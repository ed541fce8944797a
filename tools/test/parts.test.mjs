import { expect, test } from 'vitest';
import { firstAsJavaScript, restAsJavaScript } from '../build/parts/javascript.mjs';
import { withSection } from '../build/parts/sections.mjs';
import { StepError } from '../processes.mjs';

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

test('a section is one of the module, however long its text is', () => {
  for (const text of ['', 'a', 'ä'.repeat(63), 'x'.repeat(20_000)]) {
    const module = new WebAssembly.Module(
      withSection(withSection(EMPTY_MODULE, 'other', 'no'), 'mine', text),
    );
    const [bytes, ...more] = WebAssembly.Module.customSections(module, 'mine');
    expect(new TextDecoder().decode(bytes)).toBe(text);
    expect(more).toEqual([]);
  }
});

test('JavaScript that is not what wasm2js writes stops the build', () => {
  for (const change of [firstAsJavaScript, restAsJavaScript]) {
    expect(() => change('function asmFunc(imports) {\n}\n')).toThrow(StepError);
  }
});
