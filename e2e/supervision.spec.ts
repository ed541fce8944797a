// Each trigger of a fallback by a real cause, in a browser, through the package: which answers come, what is told, what
// is counted. The letters of the answers are those of web/test/fixtures/watched.ts.
import { expect, test } from './engine-page.js';

const f = (times: number) => 'f'.repeat(times);
const int8 = (times: number) => '8'.repeat(times);
/** INT8 answers of a faulty model, of which some may be as they should, before others. */
const faulty = (times: number, then: string) =>
  expect.stringMatching(new RegExp(`^(?=.*x)[8x]{${times}}${then}$`)) as unknown as string;

/** The counts of an engine to which nothing has happened. */
const nothing = {
  int8: 0,
  fp32: 0,
  monitored: 0,
  warnings: 0,
  fallbacks: {},
  recoveries: 0,
  probes: { checks: 0, compared: 0, passed: 0, failed: 0, streak: 0 },
  refusals: 0,
};

test('similarity_low: corrupted weights are seen by the next monitored inference, and repaired ones come back', async ({
  page,
}) => {
  const { answers, events, counts, status } = await page.evaluate(async () => {
    const { watched, corruptWeights } = window.alice;
    const it = await watched();
    const answers = [it.ask(12)];
    const repair = corruptWeights(it.engine);
    answers.push(it.ask(8), it.ask(30));
    const status = it.engine.getStatus();
    repair();
    answers.push(it.ask(10), it.ask(11));
    return { answers, events: it.events, counts: it.counts(), status };
  });
  expect(answers).toEqual([int8(12), faulty(7, f(1)), f(30), f(10), int8(11)]);
  expect(status).toMatchObject({ mode: 'fp32', health: 'fallback', fallbackReason: 'similarity_low' });

  expect(events.map(({ event }) => event)).toEqual([
    'fallback',
    'probe',
    'probe',
    'probe',
    'probe',
    'recovered',
  ]);
  const [fallback, ...probes] = events;
  expect(fallback).toMatchObject({ event: 'fallback', reason: 'similarity_low', inference: 20 });
  const { similarity, message } = fallback as { similarity: number; message: string };
  expect(similarity).toBeLessThan(0.95);
  expect(message).toBe(`similarity ${Number(similarity.toPrecision(4))} is below fallbackThreshold 0.95`);
  const recovered = probes.pop();
  for (const [i, probe] of probes.entries()) {
    const isRepaired = i === 3;
    expect(probe).toMatchObject({ inference: 30 + 10 * i, compared: 10, needed: 10, recovered: isRepaired });
    const { passed, lowestSimilarity } = probe as { passed: number; lowestSimilarity: number };
    if (isRepaired) expect({ passed, streak: 10 }).toEqual({ passed: 10, streak: 10 });
    else expect(passed).toBeLessThan(10);
    expect(lowestSimilarity >= 0.98).toBe(isRepaired);
  }
  expect(recovered).toMatchObject({ reason: 'similarity_low', inference: 60, fp32Inferences: 41 });

  const passed = probes.reduce((sum, probe) => sum + (probe as { passed: number }).passed, 0);
  expect(counts).toEqual({
    ...nothing,
    int8: 19 + 11,
    fp32: 41,
    monitored: 3,
    fallbacks: { similarity_low: 1 },
    recoveries: 1,
    probes: { checks: 4, compared: 40, passed, failed: 40 - passed, streak: 0 },
  });
});

for (const strategy of ['dynamic', 'static'] as const) {
  test(`similarity_low: skewed activations, strategy ${strategy}`, async ({ page }) => {
    const { answers, fallbacks, counts } = await page.evaluate(async (strategy) => {
      const { watched, skewActivations } = window.alice;
      const it = await watched({ strategy, monitorInterval: 4 });
      skewActivations(it.engine);
      return { answers: it.ask(100), fallbacks: it.told('fallback'), counts: it.counts() };
    }, strategy);
    const first = answers.indexOf('f');
    expect(first % 4).toBe(3);
    expect(answers).toEqual(faulty(first, f(100 - first)));
    expect(fallbacks).toHaveLength(1);
    expect(fallbacks[0]).toMatchObject({ reason: 'similarity_low', inference: first + 1 });
    expect(fallbacks[0]!.similarity).toBeLessThan(0.95);
    expect(counts).toMatchObject({
      int8: first,
      fp32: 100 - first,
      monitored: (first + 1) / 4,
      fallbacks: { similarity_low: 1 },
      recoveries: 0,
    });
    expect(counts.probes).toMatchObject({ checks: Math.floor((99 - first) / 10) });
  });
}

test('accuracy_drop: the sixth disagreement on the class among a hundred', async ({ page }) => {
  const { answers, after, disagreements, events, counts } = await page.evaluate(async () => {
    const { watched, corruptWeights } = window.alice;
    // Any similarity will do, so that only the classes count.
    const it = await watched({ monitorInterval: 1, similarityThreshold: 0, fallbackThreshold: 0 });
    const repair = corruptWeights(it.engine, { every: 3 });
    let answers = '';
    let disagreements = 0;
    while (answers.length < 100 && disagreements < 6) {
      const { fp32, int8 } = await it.engine.compare(it.rows[answers.length]!);
      if (fp32.classIndex !== int8.classIndex) disagreements += 1;
      answers += it.ask(1);
    }
    repair();
    const after = [it.ask(10), it.ask(5)];
    return { answers, after, disagreements, events: it.events, counts: it.counts() };
  });
  expect(disagreements).toBe(6);
  expect(answers).toEqual(faulty(answers.length - 1, f(1)));
  expect(after).toEqual([f(10), int8(5)]);
  expect(events.map(({ event }) => event)).toEqual(['warning', 'fallback', 'probe', 'recovered']);
  expect(events[0]).toMatchObject({ reason: 'accuracy_drop' });
  expect(events[1]).toMatchObject({
    reason: 'accuracy_drop',
    inference: answers.length,
    message: 'top-1 loss 6 % is above maxAccuracyDrop 5 %',
  });
  expect((events[1] as { top1Disagreement: number }).top1Disagreement).toBeCloseTo(0.06, 12);
  expect(events[3]).toMatchObject({ inference: answers.length + 10, fp32Inferences: 11 });
  expect(counts).toEqual({
    ...nothing,
    int8: answers.length - 1 + 5,
    fp32: 11,
    monitored: answers.length + 5,
    warnings: 1,
    fallbacks: { accuracy_drop: 1 },
    recoveries: 1,
    probes: { checks: 1, compared: 10, passed: 10, failed: 0, streak: 0 },
  });
});

test('quant_timeout: a quantize() beyond maxLatencyMs starts in FP32, and probes bring INT8 in', async ({
  page,
}) => {
  const { told, answers, events, counts, fallbackReason } = await page.evaluate(async () => {
    const { Watched, createEngine, models, calibration } = window.alice;
    const engine = await createEngine({ maxLatencyMs: 0.001, softRecovery: { latencyMs: Infinity } });
    const told: object[] = [];
    engine.on('fallback', (fallback) => told.push(fallback));
    const { fallbackReason } = await engine.quantize(models.small, calibration);
    const it = await Watched.of(engine, models.small, calibration);
    const answers = [it.ask(10), it.ask(10)];
    return { told, answers, events: it.events, counts: it.counts(), fallbackReason };
  });
  expect(fallbackReason).toBe('quant_timeout');
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ reason: 'quant_timeout', inference: 0 });
  expect((told[0] as { latencyMs: number }).latencyMs).toBeGreaterThan(0.001);
  expect(answers).toEqual([f(10), int8(10)]);
  expect(events.map(({ event }) => event)).toEqual(['probe', 'recovered']);
  expect(events[1]).toMatchObject({ reason: 'quant_timeout', inference: 10, fp32Inferences: 10 });
  expect(counts).toEqual({
    ...nothing,
    int8: 10,
    fp32: 10,
    monitored: 1,
    fallbacks: { quant_timeout: 1 },
    recoveries: 1,
    probes: { checks: 1, compared: 10, passed: 10, failed: 0, streak: 0 },
  });
});

test('inference_slow: three slow ones in a row, and back when there is time again', async ({ page }) => {
  const { answers, events, counts } = await page.evaluate(async () => {
    const { watched, slowDown } = window.alice;
    const it = await watched({ maxInferenceMs: 25, softRecovery: { latencyMs: 50 } });
    const hurry = slowDown(it.engine, 60);
    const answers = [it.ask(3), it.ask(20)];
    hurry();
    answers.push(it.ask(10), it.ask(4));
    return { answers, events: it.events, counts: it.counts() };
  });
  expect(answers).toEqual([int8(2) + f(1), f(20), f(10), int8(4)]);
  expect(events.map(({ event }) => event)).toEqual(['fallback', 'probe', 'probe', 'probe', 'recovered']);
  expect(events[0]).toMatchObject({ reason: 'inference_slow', inference: 3 });
  expect((events[0] as { latencyMs: number }).latencyMs).toBeGreaterThanOrEqual(59.9);
  // INT8 is as good as ever, but not yet as fast as softRecovery asks.
  expect(events[2]).toMatchObject({ inference: 23, passed: 10, streak: 20, recovered: false });
  expect(events[4]).toMatchObject({ reason: 'inference_slow', inference: 33, fp32Inferences: 31 });
  expect(counts).toEqual({
    ...nothing,
    int8: 6,
    fp32: 31,
    fallbacks: { inference_slow: 1 },
    recoveries: 1,
    probes: { checks: 3, compared: 30, passed: 30, failed: 0, streak: 0 },
  });
});

test('memory_pressure: a batch beyond maxMemoryMB is answered in pieces', async ({ page }) => {
  const { answers, events, counts } = await page.evaluate(async () => {
    const { watched } = window.alice;
    const it = await watched({ maxMemoryMB: 2, recoveryStreak: 20 });
    const answers = await it.askBatch(100_000);
    return { answers: [answers.slice(0, 20), answers.slice(20)], events: it.events, counts: it.counts() };
  });
  expect(answers[0]).toBe(f(20));
  expect(answers[1] === int8(99_980)).toBe(true);
  expect(events.map(({ event }) => event)).toEqual(['memory', 'fallback', 'probe', 'probe', 'recovered']);
  const { requestedBytes, heldBytes } = events[0] as { requestedBytes: number; heldBytes: number };
  expect(requestedBytes + heldBytes).toBeGreaterThan(2 * 2 ** 20);
  expect(events[1]).toMatchObject({ reason: 'memory_pressure', inference: 0, limitBytes: 2 * 2 ** 20 });
  expect(events[4]).toMatchObject({ reason: 'memory_pressure', inference: 20, fp32Inferences: 20 });
  expect(counts).toEqual({
    ...nothing,
    int8: 99_980,
    fp32: 20,
    monitored: 9998,
    fallbacks: { memory_pressure: 1 },
    recoveries: 1,
    probes: { checks: 2, compared: 20, passed: 20, failed: 0, streak: 0 },
    refusals: 1,
  });
});

test('memory_pressure: what is held exceeds a budget that has shrunk', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { createEngine, linearModel, shrinkBudget } = window.alice;
    // A model of more than 1 MB, good or not.
    const engine = await createEngine({
      maxLatencyMs: Infinity,
      softRecovery: { latencyMs: Infinity },
      similarityThreshold: 0,
      fallbackThreshold: 0,
      maxAccuracyDrop: 1,
    });
    const width = 600;
    const rows = Array.from({ length: 40 }, (_, k) =>
      Float32Array.from({ length: width }, (_, i) => Math.cos(i + 99 * k)),
    );
    const row = rows[0]!;
    await engine.quantize(linearModel(width, width), rows);
    const { fp32, int8 } = await engine.compare(row);
    const ask = (times: number) =>
      Array.from({ length: times }, () => {
        const { mode, probabilities } = engine.inferSync(row);
        const expected = (mode === 'int8' ? int8 : fp32).probabilities;
        return probabilities.every((p, i) => p === expected[i]) ? mode : 'neither';
      });
    const fallbacks: { heldBytes?: number; limitBytes?: number }[] = [];
    const recovered: object[] = [];
    engine.on('fallback', (fallback) => fallbacks.push(fallback));
    engine.on('recovered', (event) => recovered.push(event));
    const answers = [ask(2)];
    const widen = shrinkBudget(engine, 1);
    answers.push(ask(21));
    widen();
    answers.push(ask(10), ask(1));
    return { answers, fallbacks, recovered, heldBytes: engine.getMemory().heldBytes };
  });
  const all = (mode: string, times: number) => Array.from({ length: times }, () => mode);
  expect(seen.heldBytes).toBeGreaterThan(2 ** 20);
  expect(seen.answers).toEqual([all('int8', 2), all('fp32', 21), all('fp32', 10), all('int8', 1)]);
  expect(seen.fallbacks).toEqual([
    expect.objectContaining({
      reason: 'memory_pressure',
      inference: 3,
      heldBytes: seen.heldBytes,
      limitBytes: 2 ** 20,
      message: `${seen.heldBytes} bytes are held, above maxMemoryMB 1`,
    }),
  ]);
  expect(seen.recovered).toEqual([
    expect.objectContaining({ reason: 'memory_pressure', inference: 33, fp32Inferences: 31 }),
  ]);
});

test('runtime_error: an INT8 run that throws is answered by FP32', async ({ page }) => {
  const { answers, events, counts } = await page.evaluate(async () => {
    const { watched, throwInKernel } = window.alice;
    const it = await watched();
    const answers = [it.ask(5)];
    throwInKernel(it.engine, 2); // this one, and the first run of the first probe
    answers.push(it.ask(1), it.ask(20), it.ask(1));
    return { answers, events: it.events, counts: it.counts() };
  });
  expect(answers).toEqual([int8(5), f(1), f(20), int8(1)]);
  expect(events.map(({ event }) => event)).toEqual(['fallback', 'probe', 'probe', 'recovered']);
  expect(events[0]).toMatchObject({
    reason: 'runtime_error',
    inference: 6,
    error: { name: 'AliceError', code: 'inference_failed' },
  });
  expect((events[0] as { error?: Error }).error?.message).toContain('injected');
  expect(events[1]).toMatchObject({ inference: 16, compared: 10, passed: 9, streak: 9, lowestSimilarity: 0 });
  expect(events[2]).toMatchObject({ inference: 26, compared: 10, passed: 10, streak: 19, recovered: true });
  expect(events[3]).toMatchObject({ reason: 'runtime_error', inference: 26, fp32Inferences: 21 });
  expect(counts).toEqual({
    ...nothing,
    int8: 6,
    fp32: 21,
    fallbacks: { runtime_error: 1 },
    recoveries: 1,
    probes: { checks: 2, compared: 20, passed: 19, failed: 1, streak: 0 },
  });
});

test('manual_override: held until it is released, without probes', async ({ page }) => {
  const { answers, events, counts } = await page.evaluate(async () => {
    const { watched } = window.alice;
    const it = await watched();
    const answers = [it.ask(3)];
    it.engine.forceFallback(true);
    it.engine.forceFallback(true);
    answers.push(it.ask(40));
    it.engine.forceFallback(false);
    it.engine.forceFallback(false);
    answers.push(it.ask(10));
    return { answers, events: it.events, counts: it.counts() };
  });
  expect(answers).toEqual([int8(3), f(40), int8(10)]);
  expect(events).toEqual([
    expect.objectContaining({ event: 'fallback', reason: 'manual_override', inference: 3 }),
    expect.objectContaining({
      event: 'recovered',
      reason: 'manual_override',
      inference: 43,
      fp32Inferences: 40,
    }),
  ]);
  expect(counts).toEqual({
    ...nothing,
    int8: 13,
    fp32: 40,
    monitored: 1,
    fallbacks: { manual_override: 1 },
    recoveries: 1,
  });
});

test('another model comes in at once: every answer before is the old one’s, every answer after the new one’s', async ({
  page,
}) => {
  const { during, after, slices } = await page.evaluate(async () => {
    const { watched, models, calibration } = window.alice;
    const [it, next] = [await watched({ sensitivity: true }), await watched({}, 'large')];
    const isSame = (a: Float32Array, b: Float32Array) => a.every((p, i) => p === b[i]);
    let during = '';
    const ask = () => {
      const i = during.length % it.rows.length;
      const { probabilities, mode } = it.engine.inferSync(it.rows[i]!);
      const isOld = mode === 'int8' && isSame(probabilities, it.int8[i]!);
      const isNew = mode === 'int8' && isSame(probabilities, next.int8[i]!);
      during += isOld && !isNew ? 'o' : isNew && !isOld ? 'n' : '?';
    };
    let slices = 0;
    let isOver = false;
    const quantized = it.engine
      .quantize(models.large, calibration, {
        onProgress: () => {
          slices += 1;
          ask();
        },
      })
      .finally(() => (isOver = true));
    // Besides, whenever the page has its turn.
    while (!isOver) {
      ask();
      await new Promise((resolve) => setTimeout(resolve));
    }
    await quantized;
    const before = during.length;
    for (let i = 0; i < 50; ++i) ask();
    return { during: during.slice(0, before), after: during.slice(before), slices };
  });
  // At least the parsed model, one slice and the end are reported; the page has its turns between them.
  expect(slices).toBeGreaterThanOrEqual(3);
  expect(during).toMatch(/^o{3,}n*$/);
  expect(after).toBe('n'.repeat(50));
});

test('a quantize() or load() that fails or is aborted leaves the model, its faults and its counts', async ({
  page,
}) => {
  const { answers, codes, aborted, counts, memory } = await page.evaluate(async () => {
    const { watched, models, calibration, linearModel } = window.alice;
    const it = await watched({ maxMemoryMB: 2 });
    const { engine } = it;
    const codeOf = async (action: () => Promise<unknown>) => {
      try {
        await action();
        return 'none';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const heldBytes = engine.getMemory().heldBytes;
    const cut = models.large.slice(0, 1000);
    const tooLarge = linearModel(1000, 1000);
    const answers = [it.ask(4)];
    const codes: string[] = [];
    for (const bytes of [cut, tooLarge]) {
      codes.push(await codeOf(() => engine.quantize(bytes, calibration)));
      codes.push(await codeOf(() => engine.load(bytes)));
      answers.push(it.ask(4));
    }
    const aborted: string[] = [];
    // At the first report and at the second: there may be no third before the model is in service.
    for (let run = 0; run < 6; ++run) {
      const controller = new AbortController();
      let seen = 0;
      const { signal } = controller;
      const onProgress = () => {
        if (seen++ === run % 2) controller.abort();
      };
      aborted.push(await codeOf(() => engine.quantize(models.large, calibration, { signal, onProgress })));
      answers.push(it.ask(4));
    }
    const memory = { before: heldBytes, after: engine.getMemory().heldBytes };
    return { answers, codes, aborted, counts: it.counts(), memory };
  });
  expect(codes.map((code) => code.replace(/^model_.*/, 'model'))).toEqual([
    'model',
    'model',
    'budget_exceeded',
    'budget_exceeded',
  ]);
  expect(aborted).toEqual(Array.from({ length: 6 }, () => 'aborted'));
  expect(answers).toEqual(Array.from({ length: 9 }, () => int8(4)));
  expect(counts).toEqual({ ...nothing, int8: 36, monitored: 3, refusals: 2 });
  expect(memory.after).toBe(memory.before);
});
