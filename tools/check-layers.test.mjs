import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkLayers } from './check-layers.mjs';

let root;
const write = (path, text) => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const found = () => {
  const { layers, problems } = checkLayers(root);
  return [...problems, ...layers.flatMap((layer) => layer.problems)];
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layers-'));
  write(
    'src/CMakeLists.txt',
    'alice_layer(base)\nalice_layer(ir USES base)\nalice_layer(onnx USES\n  ir base)\n',
  );
});
afterEach(() => rmSync(root, { recursive: true }));

describe('checkLayers', () => {
  it('accepts what is declared', () => {
    write('src/base/a.h', '#include <vector>\n#include "base/b.h"\n');
    write(
      'src/onnx/a.cc',
      '#include "onnx/a.h"\n#include "ir/graph.h"\n#include <protozero/pbf_reader.hpp>\n',
    );
    expect(found()).toEqual([]);
  });

  it.each([
    ['base', '"ir/graph.h"', 'base may not include ir'],
    ['ir', '<protozero/pbf_reader.hpp>', 'only src/onnx may include protozero'],
    ['ir', '"bindings/guard.h"', 'nothing in src may include bindings'],
    ['ir', '"graph.h"', '"graph.h" does not begin with a layer\'s folder'],
    ['ir', '<base/a.h>', 'write "base/a.h" for the project\'s own header'],
  ])('refuses in %s: #include %s', (layer, include, problem) => {
    write(`src/${layer}/deep/a.cc`, `\n  #  include ${include}  // why\n`);
    expect(found()).toEqual([`src/${layer}/deep/a.cc:2: ${problem}`]);
  });

  it('refuses a layer that uses one declared below it', () => {
    write('src/CMakeLists.txt', 'alice_layer(ir USES base)\nalice_layer(base)\n');
    expect(found()).toEqual(['src/CMakeLists.txt: ir uses base, which is not declared above it']);
  });

  it('refuses a file outside every layer', () => {
    write('src/misc/a.h', '');
    expect(found()).toEqual(['src/misc/a.h: lies in no declared layer']);
  });
});
