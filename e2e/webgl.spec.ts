// The WebGL backend in a browser that draws in software, where its context goes and comes, in a worker, and where it is wrong.
// That it gives what the others give: backends-agree.spec.ts.
import { expect, test } from './webgl-page.js';

test('each of 10 000 inferences is answered while the context is lost a hundred times and comes back', async ({
  page,
}) => {
  const { mistakes, events, backends } = await page.evaluate(async () => {
    const { alice } = window;
    const options = { isa: 'simd128', maxLatencyMs: Infinity, maxInferenceMs: Infinity } as const;
    const engine = await alice.createEngine({ ...options, backend: 'webgl' });
    const witness = await alice.createEngine(options);
    await engine.quantize(alice.models.small, alice.calibration);
    await witness.quantize(alice.models.small, alice.calibration);
    const events: { backend: string; reason?: string }[] = [];
    engine.on('backend', ({ backend, reason }) => events.push({ backend, ...(reason && { reason }) }));
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

    const samples = alice.calibration.samples
      .slice(0, 100)
      .map(({ features }) => Float32Array.from(features));
    const width = samples[0]!.length;
    const flat = Float32Array.from(samples.flatMap((row) => [...row]));
    const expected = samples.map((row) => witness.inferSync(row).probabilities);
    const backends: Record<string, number> = {};
    let mistakes = 0;
    const check = (found: Float32Array, row: number) => {
      if (found.some((value, k) => value !== expected[row]![k])) ++mistakes;
      const { backend } = engine.getStatus();
      backends[backend] = (backends[backend] ?? 0) + 1;
    };
    for (let loss = 0; loss < 100; ++loss) {
      // One by one while it goes and comes, and then many at a time.
      for (let row = 0; row < 20; ++row) {
        const restore = row === 5 ? alice.loseWebglContext(engine) : undefined;
        check(engine.inferSync(samples[row]!).probabilities, row);
        if (!restore) continue;
        await turn();
        restore();
        do {
          await turn();
          check(engine.inferSync(samples[row]!).probabilities, row);
        } while (engine.getStatus().backend !== 'webgl');
      }
      const rest = await engine.inferBatch(flat.subarray(20 * width), 80);
      rest.forEach(({ probabilities }, i) => check(probabilities, 20 + i));
    }
    return { mistakes, events, backends };
  });
  expect(mistakes).toBe(0);
  expect(events.filter(({ backend }) => backend === 'wasm')).toHaveLength(100);
  expect(events.filter(({ backend }) => backend === 'webgl')).toHaveLength(100);
  expect(events[0]?.reason).toContain('lost');
  expect(backends['webgl']).toBeGreaterThan(9_500);
  expect(backends['wasm']).toBeGreaterThan(99);
});

test('a worker has WebGL on a canvas of its own', async ({ page }) => {
  const { found, expected } = await page.evaluate(async () => {
    const { alice } = window;
    const task = {
      model: alice.models.small,
      calibration: alice.calibration,
      rows: alice.calibration.samples.slice(0, 40).map(({ features }) => Float32Array.from(features)),
    };
    const options = { isa: 'simd128', maxLatencyMs: Infinity, maxInferenceMs: Infinity } as const;
    const found = await alice.inWorker({ ...task, options: { ...options, backend: 'webgl' } });
    const engine = await alice.createEngine({ ...options, backend: 'wasm' });
    await engine.quantize(task.model, task.calibration);
    const expected = task.rows.map((row) => [...engine.inferSync(row).probabilities]);
    engine.dispose();
    return { found, expected };
  });
  expect(found.hasDocument).toBe(false);
  expect(found.backend).toBe('webgl');
  expect(found.webgl?.renderer).toContain('SwiftShader');
  expect(found.webgl?.int8?.right).toBe(true);
  expect(found.answers).toEqual(expected);
});

test('a page without WebGL is told so, and has WebAssembly', async ({ page }) => {
  const { code, backend } = await page.evaluate(async () => {
    const { alice } = window;
    OffscreenCanvas.prototype.getContext = () => null;
    const code = await alice.createEngine({ backend: 'webgl' }).then(
      () => 'none',
      (error: unknown) => (error as InstanceType<typeof alice.AliceError>).code,
    );
    const engine = await alice.createEngine();
    await engine.load(alice.models.small);
    return { code, backend: engine.getStatus().backend };
  });
  expect(code).toBe('backend_unavailable');
  expect(backend).toBe('wasm');
});

for (const fault of ['sum', 'element', 'sign'] as const) {
  test(`a GPU that is wrong (${fault}) is found out and not used`, async ({ page }) => {
    const { backends, backend, webgl, mistakes } = await page.evaluate(async (fault) => {
      const { alice } = window;
      const options = { isa: 'simd128', maxLatencyMs: Infinity, maxInferenceMs: Infinity } as const;
      const engine = await alice.createEngine({ ...options, backend: 'webgl' });
      const witness = await alice.createEngine({ ...options, backend: 'wasm' });
      alice.corruptDevice(engine, fault);
      await engine.quantize(alice.models.small, alice.calibration);
      await witness.quantize(alice.models.small, alice.calibration);
      let mistakes = 0;
      for (const { features } of alice.calibration.samples.slice(0, 40)) {
        const expected = witness.inferSync(features).probabilities;
        if (engine.inferSync(features).probabilities.some((value, k) => value !== expected[k])) ++mistakes;
      }
      const { backends, backend, webgl } = engine.getStatus();
      engine.dispose();
      witness.dispose();
      return { backends, backend, webgl, mistakes };
    }, fault);
    expect(mistakes).toBe(0);
    expect(backends[0]).toMatchObject({ name: 'wasm', chosen: true });
    expect(backends[1]).toMatchObject({ name: 'webgl', right: false, chosen: false });
    expect(backends[1]!.reason).toMatch(fault === 'sum' ? 'integers' : 'off by');
    expect(webgl?.int8?.operators).toBe(0);
    expect(backend).toBe('wasm');
  });
}

test('a GPU that becomes wrong after it was tried is found out by a look at the CPU', async ({ page }) => {
  const { mistakes, events, backends } = await page.evaluate(async () => {
    const { alice } = window;
    const options = { isa: 'simd128', maxLatencyMs: Infinity, maxInferenceMs: Infinity } as const;
    const engine = await alice.createEngine({ ...options, backend: 'webgl' });
    const witness = await alice.createEngine({ ...options, backend: 'wasm' });
    alice.corruptDevice(engine, 'sign')();
    await engine.quantize(alice.models.small, alice.calibration);
    await witness.quantize(alice.models.small, alice.calibration);
    const events: string[] = [];
    engine.on('backend', ({ backend, reason }) => events.push(`${backend}: ${reason}`));
    alice.corruptDevice(engine, 'sign');
    const mistakes: number[] = [];
    for (let i = 0; i < 200; ++i) {
      const { features } = alice.calibration.samples[i]!;
      const expected = witness.inferSync(features).probabilities;
      if (engine.inferSync(features).probabilities.some((value, k) => value !== expected[k]))
        mistakes.push(i);
    }
    const { backends } = engine.getStatus();
    engine.dispose();
    witness.dispose();
    return { mistakes, events, backends };
  });
  expect(mistakes.length).toBeGreaterThan(0);
  expect(Math.max(...mistakes)).toBeLessThan(100);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatch(/^wasm: .*otherwise/);
  expect(backends[1]).toMatchObject({ name: 'webgl', chosen: false });
});
