// Every backend executes the same model: the integers of its first and last quantized layer are equal to the bit, and what
// comes out is the same to 1e-5 of its range, with relaxed SIMD, with SIMD128, as plain JavaScript and on the GPU, which executes
// what its plan says.
import type { EngineOptions } from 'alice-quant';
import { classifier } from '../web/test/fixtures/classifiers.js';
import { sharedModelCases, type SharedModelCase } from '../web/test/fixtures/shared-model-cases.js';
import { hasSharedModels, sharedModel, type SharedModelName } from '../web/test/fixtures/shared-models.js';
import { expect, test } from './webgl-page.js';

// Some take half a minute, where a CPU executes the shaders.
test.describe.configure({ mode: 'parallel' });

const TOLERANCE = 1e-5;

const base64Of = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');

interface Given {
  model: Uint8Array;
  options: EngineOptions;
  shapes?: Record<string, number[]>;
  /** By default the first sample of the calibration data. */
  input?: Record<string, { type: 'float32' | 'int64'; dims: readonly number[]; data: ArrayBufferView }>;
  /** Whether a written model is another one: recurrent layers are not written in INT8. */
  isRecurrent: boolean;
}

/** A model that one engine quantizes and each backend has in service, with one input. */
const comparisonOf = (page: Parameters<Parameters<typeof test>[2]>[0]['page'], given: Given) =>
  page.evaluate(
    async ({ model, options, shapes, input, isRecurrent }) => {
      const { alice } = window;
      const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const given = Object.fromEntries(
        input.map(({ name, type, dims, data }) => {
          const { buffer } = bytesOf(data);
          return [
            name,
            type === 'int64'
              ? { type, dims, data: new BigInt64Array(buffer) }
              : { type, dims, data: new Float32Array(buffer) },
          ];
        }),
      );
      const { features } = alice.calibration.samples[0]!;
      const behavior = {
        type: 'float32',
        dims: [1, features.length],
        data: Float32Array.from(features),
      } as const;
      const feeds = input.length > 0 ? given : { features: behavior };
      const common = {
        maxMemoryMB: 512,
        maxLatencyMs: Infinity,
        maxInferenceMs: Infinity,
        enableAutoFallback: false,
        ...options,
      };
      const loadOptions = shapes && { shapes };
      const quantize = (engine: InstanceType<typeof alice.AliceQuantizationEngine>) =>
        engine.quantize(
          bytesOf(model),
          options.strategy === 'static' ? alice.calibration : undefined,
          loadOptions,
        );
      const maker = await alice.createEngine({ ...common, backend: 'wasm' });
      const { int8Model } = await quantize(maker);
      const names = alice.layersOf(maker);
      const layers = [names[0]!, names.at(-1)!];
      maker.dispose();

      const runOn = async (backend: EngineOptions) => {
        const engine = await alice.createEngine({ ...common, ...backend });
        try {
          if (isRecurrent) await quantize(engine);
          else await engine.load(int8Model, loadOptions);
          const outputs = await engine.run(feeds);
          const integers = layers.map((layer) => alice.integersOf(engine, layer));
          const { mode, isa, webgl } = engine.getStatus();
          const plan = engine.getPlan('int8');
          const { textures } = engine.getMemory().byKind;
          return { outputs, integers, mode, isa, webgl, plan, textures };
        } finally {
          engine.dispose();
        }
      };
      const expected = await runOn({ backend: 'wasm', isa: 'relaxed' });
      const others = [];
      for (const backend of [
        { backend: 'wasm', isa: 'simd128' },
        { backend: 'cpu' },
        { backend: 'webgl' },
      ] as const) {
        const { outputs, integers, ...found } = await runOn(backend);
        const isEqual = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i]);
        const compared = integers.map(({ codes, accumulators, byGpu }, i) => ({
          // Of a convolution the GPU has no rows of codes.
          sameCodes: (byGpu && codes.length === 0) || isEqual(codes, expected.integers[i]!.codes),
          sameSums: isEqual(accumulators, expected.integers[i]!.accumulators),
          sums: accumulators.length,
          byGpu,
        }));
        const errors = Object.entries(expected.outputs).map(([name, { data }]) => {
          let [low, high, error] = [Infinity, -Infinity, 0];
          (data as Float32Array).forEach((value, k) => {
            low = Math.min(low, value);
            high = Math.max(high, value);
            error = Math.max(error, Math.abs(value - (outputs[name]!.data as Float32Array)[k]!));
          });
          return error === 0 ? 0 : error / (high - low);
        });
        others.push({ ...backend, ...found, compared, error: Math.max(...errors) });
      }
      return { isa: expected.isa, mode: expected.mode, layers, others };
    },
    {
      ...given,
      model: base64Of(given.model),
      input: Object.entries(given.input ?? {}).map(([name, tensor]) => ({
        name,
        ...tensor,
        data: base64Of(tensor.data),
      })),
    },
  );

/** Operators that WebGL leaves to the CPU. */
type LeftToCpu = readonly string[];

function expectAgreement(found: Awaited<ReturnType<typeof comparisonOf>>, leftToCpu: LeftToCpu) {
  expect(found).toMatchObject({ isa: 'relaxed', mode: 'int8' });
  for (const { backend, mode, compared, error, plan } of found.others) {
    expect(mode).toBe('int8');
    compared.forEach(({ sameCodes, sameSums, sums, byGpu }, i) => {
      expect({ backend, sameCodes, sameSums }).toEqual({ backend, sameCodes: true, sameSums: true });
      expect(sums).toBeGreaterThan(0);
      const executing = plan.find(({ operators }) => operators.some(({ name }) => name === found.layers[i]));
      expect(byGpu).toBe(executing!.backend === 'webgl');
    });
    expect(error).toBeLessThanOrEqual(TOLERANCE);
  }
  const [simd128, cpu, gpu] = found.others;
  expect([simd128!.isa, cpu!.isa]).toEqual(['simd128', 'scalar']);
  expect([simd128!.plan.length, cpu!.plan.length]).toEqual([1, 1]);
  const { renderer, int8, fp32 } = gpu!.webgl!;
  expect(renderer).toContain('SwiftShader');
  expect(int8).toMatchObject({ right: true, sameIntegers: true });
  expect(int8!.productsCompared).toBeGreaterThan(0);
  expect(int8!.largestDifference).toBeLessThanOrEqual(TOLERANCE);
  expect(fp32.right).toBe(true);
  expect(gpu!.textures).toBeGreaterThan(0);
  expect(simd128!.textures).toBe(0);
  const onCpu = gpu!.plan.filter(({ backend }) => backend === 'wasm').flatMap(({ operators }) => operators);
  expect([...new Set(onCpu.map(({ operator }) => operator))].sort()).toEqual(leftToCpu);
}

for (const name of ['behavior-classifier', 'behavior-classifier-large'] as const) {
  for (const strategy of ['dynamic', 'static'] as const) {
    test(`${name}, ${strategy}`, async ({ page }) => {
      const found = await comparisonOf(page, {
        model: classifier(name),
        options: { strategy },
        isRecurrent: false,
      });
      expectAgreement(found, []);
      expect(found.others[2]!.compared.map(({ byGpu }) => byGpu)).toEqual([true, true]);
    });
  }
}

const leftToCpu: Partial<Record<SharedModelName, LeftToCpu>> = {
  dtln: ['LSTM'],
  silero: ['Add', 'Cast', 'LSTM', 'Mul'],
};

/** The first sample of a model, with its state. */
function sampleOf({ samples, state }: SharedModelCase): NonNullable<Given['input']> {
  const [sample] = samples(1);
  const zeros = state && new Float32Array(state.dims.reduce((a, b) => a * b, 1));
  return {
    ...sample,
    ...(state && { [state.input]: { type: 'float32', dims: state.dims, data: zeros } }),
  } as NonNullable<Given['input']>;
}

for (const model of sharedModelCases) {
  const { name, config, shapes, state } = model;
  test(name, async ({ page }) => {
    test.skip(!hasSharedModels, 'needs the models of others');
    const found = await comparisonOf(page, {
      model: sharedModel(name),
      options: { ...config, maxMemoryMB: 512, calibrationSamples: 32 },
      ...(shapes && { shapes }),
      input: sampleOf(model),
      isRecurrent: state !== undefined,
    });
    expectAgreement(found, leftToCpu[name] ?? []);
  });
}
