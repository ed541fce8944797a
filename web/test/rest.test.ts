// A module in two files: when the second is fetched, and what becomes of the page where it cannot be had.
import { readFileSync } from 'node:fs';
import type * as alice from 'alice-quant';
import type { AliceQuantizationEngine, EngineOptions, WasmFile } from 'alice-quant';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { classifier, standardDataset } from './fixtures/classifiers.js';
import { linearModel } from './fixtures/onnx-builder.js';

const files = new URL('../dist/', import.meta.url);
const model = classifier('behavior-classifier');
const row = Float32Array.from({ length: 12 }, (_, i) => 0.5 + 0.4 * Math.sin(3 * i));
/** With an operator that classifiers do without. */
const rarer = linearModel(4, 3, ({ nodes }) => {
  nodes[1] = { operator: 'Erf', name: 'rare', inputs: ['scores'], outputs: ['y'] };
});

// Each test starts with a page that has not loaded anything.
let page: typeof alice;
let asked: WasmFile[];
let isRestThere: boolean;
beforeEach(async () => {
  vi.resetModules();
  page = await import('../dist/index.js');
  asked = [];
  isRestThere = true;
});

const isRest = (file: WasmFile) => file.includes('.rest.');
const wasm = (file: WasmFile) => {
  asked.push(file);
  return isRest(file) && !isRestThere ? new URL('nowhere.wasm', files) : new URL(file, files);
};
const rests = () => asked.filter(isRest);

async function started(): Promise<AliceQuantizationEngine> {
  const engine = await page.createEngine({ wasm, maxLatencyMs: Infinity });
  await engine.load(model);
  return engine;
}

const scoresOf = (engine: AliceQuantizationEngine) => [...engine.inferSync(row).probabilities];

describe('the rest of a module', () => {
  test('is not fetched by a page that loads and runs a classifier', async () => {
    const engine = await started();
    const scores = scoresOf(engine);
    expect(scores).toHaveLength(6);
    const batch = engine.createBatch(20);
    batch.inputs.fill(0.5);
    batch.infer();
    engine.getStatus();
    engine.getMetrics();
    engine.getPlan();
    new page.FeatureWindow().extract();
    expect(asked).toHaveLength(1);
    expect(rests()).toEqual([]);
  });

  test('is fetched by quantize(), once, and what it made runs without it on another page', async () => {
    const engine = await started();
    const others = await started();
    const before = scoresOf(others);
    const { int8Model, success } = await engine.quantize(model, standardDataset());
    expect(success).toBe(true);
    await engine.quantize(model, standardDataset());
    expect(rests()).toHaveLength(1);
    expect(scoresOf(others)).toEqual(before);
    const after = scoresOf(engine);

    vi.resetModules();
    page = await import('../dist/index.js');
    asked = [];
    const next = await page.createEngine({ wasm });
    await next.load(int8Model);
    expect(next.getStatus().mode).toBe('int8');
    expect(scoresOf(next)).toEqual(after);
    expect(rests()).toEqual([]);
  });

  test('is fetched by load() of a model that needs it; nobody is told of anything, other engines go on', async () => {
    const engine = await started();
    const other = await started();
    const before = scoresOf(other);
    const told = vi.fn();
    for (const each of [engine, other]) each.on('backend', told);
    const info = await engine.load(rarer);
    expect(info.nodes).toBeGreaterThan(0);
    expect(rests()).toHaveLength(1);
    expect(scoresOf(other)).toEqual(before);
    await engine.load(model);
    expect(scoresOf(engine)).toEqual(before);
    expect(rests()).toHaveLength(1);
    expect(engine.getStatus().backends.some(({ retryAt }) => retryAt !== undefined)).toBe(false);
    expect(told).not.toHaveBeenCalled();
  });

  // Regression: the memory of both was counted, and a network took twice what it had taken.
  test('is fetched before a large model is loaded, so that no second instance has to be made for it', async () => {
    const engine = await page.createEngine({ wasm });
    const made = [vi.spyOn(WebAssembly, 'Instance'), vi.spyOn(WebAssembly, 'instantiate')];
    const large = linearModel(400, 400, ({ nodes }) => {
      nodes[1] = { operator: 'Erf', name: 'rare', inputs: ['scores'], outputs: ['y'] };
    });
    await engine.load(large);
    expect(rests()).toHaveLength(1);
    const imports = made.flatMap((spy) => spy.mock.calls.map(([, given]) => Object.keys(given ?? {})));
    expect(imports).toEqual([['primary']]);
    vi.restoreAllMocks();
  });

  test('that cannot be had is no error of a large model that does without', async () => {
    const engine = await page.createEngine({ wasm });
    isRestThere = false;
    await engine.load(linearModel(400, 400));
    expect(rests()).toHaveLength(1);
    expect(engine.inferSync(new Float32Array(400)).probabilities).toHaveLength(400);
  });

  // Regression: the call went to what dispose() had deleted, and embind's own error came out.
  test('that cannot be had, of an engine that is disposed of meanwhile', async () => {
    const engine = await page.createEngine({ wasm });
    isRestThere = false;
    const loading = engine.load(linearModel(400, 400));
    engine.dispose();
    await expect(loading).rejects.toMatchObject({ code: 'disposed' });
  });

  // Regression: load() had read such models, and the first inferSync() threw backend_lost.
  test('is fetched by load() of a model that needs it to run, not by its first inference', async () => {
    const engine = await page.createEngine({ wasm });
    await engine.load(
      linearModel(4, 3, ({ nodes }) => {
        nodes[1]!.operator = 'LogSoftmax';
      }),
    );
    expect(rests()).toHaveLength(1);
    const { probabilities } = engine.inferSync(new Float32Array(4));
    expect(probabilities.reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 5);
  });

  // Regression: std::sort has a function of its own for five elements.
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20])(
    'is not fetched by a network of %d layers',
    async (count) => {
      const engine = await page.createEngine({ wasm });
      await engine.load(
        linearModel(4, 4, (network) => {
          const softmax = network.nodes.pop()!;
          for (let i = 1; i < count; i++) {
            const last = network.nodes.at(-1)!;
            const [hidden, scores] = [`h${i}`, `s${i}`];
            network.nodes.push(
              { operator: 'Relu', name: hidden, inputs: [...last.outputs], outputs: [hidden] },
              { operator: 'Gemm', name: scores, inputs: [hidden, 'w', 'b'], outputs: [scores] },
            );
          }
          network.nodes.push({ ...softmax, inputs: [...network.nodes.at(-1)!.outputs] });
        }),
      );
      engine.inferSync(new Float32Array(4));
      expect(rests()).toEqual([]);
    },
  );

  test.each(['Sigmoid', 'Tanh'])('is not fetched by a network that ends in %s', async (operator) => {
    const engine = await page.createEngine({ wasm });
    await engine.load(
      linearModel(4, 1, ({ nodes }) => {
        nodes[1]!.operator = operator;
      }),
    );
    engine.inferSync(new Float32Array(4));
    expect(rests()).toEqual([]);
  });

  test('is fetched for the words of a refusal', async () => {
    const engine = await started();
    const before = scoresOf(engine);
    await expect(engine.load(model.subarray(0, 900))).rejects.toMatchObject({ stage: 'model' });
    expect(scoresOf(engine)).toEqual(before);
  });

  test('is fetched for the words that refuse what is no option, and the page goes on', async () => {
    const options = { wasm, colour: 'red' } as EngineOptions;
    await expect(page.createEngine(options)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('no option "colour"') as string,
    });
    expect(rests()).toHaveLength(1);
    expect(scoresOf(await started())).toHaveLength(6);
  });

  test('that cannot be had is an error of the call that needs it, and what ran runs on', async () => {
    const engine = await started();
    const before = scoresOf(engine);
    isRestThere = false;
    for (const call of [() => engine.quantize(model, standardDataset()), () => engine.load(rarer)]) {
      await expect(call()).rejects.toMatchObject({
        code: 'backend_load_failed',
        message: expect.stringContaining('.rest.wasm') as string,
      });
      expect(scoresOf(engine)).toEqual(before);
      expect(engine.getStatus().backend).toBe('wasm');
    }
    isRestThere = true;
    expect((await engine.quantize(model, standardDataset())).success).toBe(true);
    await engine.load(rarer);
  });

  test('of another build is refused', async () => {
    const alien = (file: WasmFile) => {
      const bytes = readFileSync(new URL(file, files));
      // The last thing in the file is the hash.
      if (isRest(file)) bytes[bytes.length - 1]! ^= 1;
      return bytes;
    };
    const engine = await page.createEngine({ wasm: alien });
    await expect(engine.quantize(model)).rejects.toMatchObject({
      code: 'backend_load_failed',
      message: expect.stringContaining('not of the same version') as string,
    });
    await engine.load(model);
    expect(scoresOf(engine)).toHaveLength(6);
  });

  test('lies beside the first file, whatever way that is named', async () => {
    const first = new URL('alice-simd128.wasm', files);
    const bytes = readFileSync(first);
    const inPage = new URL(`data:application/wasm;base64,${bytes.toString('base64')}`);
    for (const source of [first, first.href, first.pathname, bytes, inPage]) {
      vi.resetModules();
      page = await import('../dist/index.js');
      const engine = await page.createEngine({ wasm: source, maxLatencyMs: Infinity });
      expect((await engine.quantize(model, standardDataset())).success).toBe(true);
    }
  });
});
