import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type * as alice from 'alice-quant';
import { relaxedSimd } from 'wasm-feature-detect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const wasmUrl = new URL('../dist/alice-simd128.wasm', import.meta.url);
const types: Record<string, string> = {
  '/right.wasm': 'application/wasm',
  '/parameter.wasm': 'application/wasm; charset=binary',
  '/wrong.wasm': 'application/octet-stream',
};
let server: Server;
let origin: string;
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  bytes = new Uint8Array(readFileSync(wasmUrl));
  server = createServer((request, response) => {
    const type = types[request.url ?? ''];
    if (type) response.writeHead(200, { 'Content-Type': type }).end(bytes);
    else response.writeHead(404).end('nothing here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

// Each test starts with a page that has not loaded anything.
let page: typeof alice;
beforeEach(async () => {
  vi.resetModules();
  page = await import('../dist/index.js');
});

const works = () => expect(page.generateTrajectory('uncertain', 1).length).toBeGreaterThan(0);

describe('the runtime', () => {
  test('is not there before it is loaded', () => {
    const failures = [
      () => page.extractFeatures([]),
      () => page.generateTrajectory('uncertain', 1),
      () => new page.FeatureWindow(),
    ];
    for (const failure of failures) {
      expect(failure).toThrow(
        expect.objectContaining({
          code: 'not_initialized',
          hint: expect.stringContaining('loadRuntime()') as string,
        }),
      );
    }
  });

  test('asks by name for the file that this machine can run', async () => {
    const names: string[] = [];
    await page.loadRuntime((file) => {
      names.push(file);
      return new URL(`../dist/${file}`, import.meta.url);
    });
    works();
    expect(names).toEqual([(await relaxedSimd()) ? 'alice-relaxed.wasm' : 'alice-simd128.wasm']);
  });

  test('is found beside the code', async () => {
    await page.loadRuntime();
    works();
  });

  test('is loaded once', async () => {
    await Promise.all([page.loadRuntime(), page.loadRuntime()]);
    await page.loadRuntime('http://127.0.0.1:1/never-fetched.wasm');
    works();
  });

  test('comes from bytes, a compiled module, a path or a file URL', async () => {
    for (const wasm of [
      bytes,
      bytes.buffer,
      await WebAssembly.compile(bytes),
      fileURLToPath(wasmUrl),
      wasmUrl.href,
      wasmUrl,
    ]) {
      vi.resetModules();
      page = await import('../dist/index.js');
      await page.loadRuntime(wasm);
      works();
    }
  });

  test.each(Object.keys(types))('comes from a server: %s', async (path) => {
    await page.loadRuntime(origin + path);
    works();
  });

  test.each([
    ['a status', () => `${origin}/missing.wasm`, /missing\.wasm.*404/],
    ['a server that is not there', () => 'http://127.0.0.1:1/alice.wasm', /could not be loaded/],
    ['a file that is not there', () => '/nowhere/alice.wasm', /ENOENT/],
    ['bytes that are no module', () => new Uint8Array([1, 2, 3, 4]), /CompileError/],
    ['another module', () => new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), /could not be loaded/],
  ])('that fails with %s is a typed error, and may be tried again', async (_, wasm, message) => {
    await expect(page.loadRuntime(wasm())).rejects.toMatchObject({
      name: 'AliceError',
      code: 'backend_load_failed',
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining('wasm') as string,
    });
    expect(() => page.generateTrajectory('uncertain', 1)).toThrow(page.AliceError);
    await page.loadRuntime();
    works();
  });
});

describe('of the backends', () => {
  afterEach(() => vi.restoreAllMocks());
  const chosen = async (options?: alice.EngineOptions) => {
    const engine = await page.createEngine(options);
    works();
    return engine.getStatus();
  };
  const forbid = () =>
    vi
      .spyOn(WebAssembly, 'compile')
      .mockRejectedValue(new WebAssembly.CompileError('code generation disallowed by embedder'));

  test('WebAssembly is chosen where it can run', async () => {
    expect(await chosen()).toMatchObject({
      backend: 'wasm',
      backends: [
        { name: 'wasm', available: true, chosen: true },
        { name: 'webgl', available: false, chosen: false },
        { name: 'cpu', available: true, chosen: false },
      ],
    });
  });

  test('JavaScript is chosen where WebAssembly may not be compiled, and nothing is fetched to find out', async () => {
    forbid();
    const wasm = vi.fn();
    const status = await chosen({ wasm });
    expect(status).toMatchObject({
      backend: 'cpu',
      isa: 'scalar',
      backends: [
        {
          name: 'wasm',
          available: false,
          chosen: false,
          reason: expect.stringContaining('disallowed by embedder') as string,
        },
        { name: 'webgl', available: false, chosen: false },
        { name: 'cpu', available: true, chosen: true },
      ],
    });
    expect(wasm).not.toHaveBeenCalled();
  });

  test('JavaScript is chosen where WebAssembly has no SIMD', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const { backend, backends } = await chosen();
    expect(backend).toBe('cpu');
    expect(backends[0]).toMatchObject({ available: false, reason: 'WebAssembly has no 128-bit SIMD here.' });
  });

  test('the one that is asked for is taken, or refused by name', async () => {
    expect((await chosen({ backend: 'cpu' })).backend).toBe('cpu');
    expect((await chosen({ backend: 'wasm' })).backend).toBe('wasm');
    await page.loadRuntime(undefined, 'cpu');

    vi.resetModules();
    page = await import('../dist/index.js');
    forbid();
    await expect(page.createEngine({ backend: 'wasm' })).rejects.toMatchObject({
      code: 'backend_unavailable',
      message: expect.stringContaining('disallowed by embedder') as string,
      hint: expect.stringContaining("'wasm-unsafe-eval'") as string,
    });
    expect((await chosen()).backend).toBe('cpu');
  });

  test('a file that is missing is a failure, and no reason to run slowly', async () => {
    await expect(page.createEngine({ wasm: '/nowhere/alice.wasm' })).rejects.toMatchObject({
      code: 'backend_load_failed',
    });
  });
});

describe('importing the package', () => {
  const node = (flags: string[], code: string) =>
    execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', code], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
    });

  test('does nothing', () => {
    const code = `
      const before = Object.getOwnPropertyNames(globalThis).join();
      for (const name of ['compile', 'instantiate', 'compileStreaming', 'validate']) {
        WebAssembly[name] = () => { throw new Error(name + ' was called'); };
      }
      const { AliceQuantizationEngine } = await import('alice-quant');
      new AliceQuantizationEngine();
      console.log(before === Object.getOwnPropertyNames(globalThis).join(), process.getActiveResourcesInfo().length);`;
    expect(node([], code).trim()).toMatch(/^true [01]$/);
  });

  test('works where WebAssembly is switched off: the engine is plain JavaScript then', () => {
    const code = `
      const { createEngine } = await import('alice-quant');
      const { readFileSync } = await import('node:fs');
      const engine = await createEngine({ maxLatencyMs: Infinity });
      await engine.quantize(readFileSync('../models/behavior-classifier.onnx'));
      const { mode, confidence } = engine.inferSync(new Float32Array(12).fill(0.5));
      console.log(typeof WebAssembly, engine.getStatus().backend, mode, confidence > 0);`;
    expect(node(['--jitless'], code)).toBe('undefined cpu int8 true\n');
  });

  test('fails where WebAssembly is switched off and asked for, and says what is missing', () => {
    const code = `
      const { createEngine } = await import('alice-quant');
      await createEngine({ backend: 'wasm' }).catch(({ code, message, hint }) => console.log(code, message, hint));`;
    expect(node(['--jitless'], code)).toMatch(/^backend_unavailable There is no WebAssembly here\. .*'cpu'/);
  });
});
