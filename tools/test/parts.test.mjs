import { expect, test } from 'vitest';
import { firstAsJavaScript, restAsJavaScript } from '../build/parts/javascript.mjs';
import { byResemblance } from '../build/parts/order.mjs';
import { functionsOf, withFunctionNames, withSection } from '../build/parts/sections.mjs';
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

test('functions are read with their names, and named anew', () => {
  // Two functions, of which the module has the names "f" and "ü".
  const module = Buffer.concat([
    EMPTY_MODULE,
    Buffer.of(1, 4, 1, 0x60, 0, 0), // type: () → ()
    Buffer.of(2, 7, 1, 1, 0x61, 1, 0x62, 0, 0), // import "a" "b"
    Buffer.of(3, 3, 2, 0, 0), // two functions of that type
    Buffer.of(10, 8, 2, 2, 0, 0x0b, 3, 0, 0x01, 0x0b), // end; nop, end
    Buffer.of(0, 15, 4, ...Buffer.from('name'), 1, 8, 2, 1, 1, 0x66, 2, 2, ...Buffer.from('ü')),
  ]);
  const functions = functionsOf(module);
  expect(functions.map(({ name }) => name)).toEqual(['f', 'ü']);
  expect(functions.map(({ body }) => [...body])).toEqual([
    [0, 0x0b],
    [0, 0x01, 0x0b],
  ]);
  const renamed = withFunctionNames(module, ['1', 'x'.repeat(200)]);
  expect(WebAssembly.validate(renamed)).toBe(true);
  expect(functionsOf(renamed).map(({ name }) => name)).toEqual(['1', 'x'.repeat(200)]);
  expect(WebAssembly.Module.customSections(new WebAssembly.Module(renamed), 'name')).toHaveLength(1);
});

test('what resembles each other comes together, and nothing is lost', () => {
  const kinds = ['the quick brown fox', 'ABCDEFGHIJKLMNOPQRS', '0123456789'];
  const bodies = Array.from({ length: 60 }, (_, i) => Buffer.from(`${kinds[i % 3]}${i}`));
  const order = byResemblance(bodies);
  expect([...order].sort((a, b) => a - b)).toEqual([...bodies.keys()]);
  const changes = order.filter((index, rank) => rank > 0 && index % 3 !== order[rank - 1] % 3);
  expect(changes).toHaveLength(2);
  expect(byResemblance([])).toEqual([]);
});
