import { readFileSync } from 'node:fs';
import {
  BEHAVIOR_CLASSES,
  FeatureWindow,
  createEngine,
  generateTrajectory,
  type AliceQuantizationEngine,
  type BehaviorClass,
  type CalibrationDataset,
} from 'alice-quant';
import { classWords } from '../demo/src/classes.js';
import { LiveClassifier } from '../demo/src/live-classifier.js';
import { expect, test } from './demo.js';

const FIRST_SEED = 1;

const file = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url));

/** What the package says under Node about a movement that no page has drawn. */
function answerOf(engine: AliceQuantizationEngine, behavior: BehaviorClass, seed: number) {
  const window = new FeatureWindow();
  for (const point of generateTrajectory(behavior, seed)) window.push(point);
  const { features, insufficient } = window.extract();
  window.dispose();
  return insufficient ? undefined : engine.inferSync(features);
}

test.beforeEach(async ({ page }) => {
  // The page draws its seeds from Math.random: here they are counted up from FIRST_SEED.
  await page.addInitScript((first) => {
    let next = first;
    Math.random = () => next++ / 2 ** 31;
  }, FIRST_SEED);
});

/** An engine under Node with the page's first model and data. */
async function engineOfThePage(): Promise<AliceQuantizationEngine> {
  const engine = await createEngine({ maxLatencyMs: Infinity, maxInferenceMs: Infinity });
  const calibration = file('calibration-data/standard-1000.json').toString();
  await engine.quantize(
    file('models/behavior-classifier.onnx'),
    JSON.parse(calibration) as CalibrationDataset,
  );
  return engine;
}

test('each play button moves through the field, is named as the package names it, and tallied', async ({
  demo,
}) => {
  const engine = await engineOfThePage();
  for (const [index, behavior] of BEHAVIOR_CLASSES.entries()) {
    const outcome = demo.shown('play-outcome');
    await demo.shown(`play-${behavior}`).click();
    await expect(outcome).toContainText(`Played ${classWords[behavior].title}:`);

    const answer = answerOf(engine, behavior, FIRST_SEED + index);
    if (answer) {
      const { title } = classWords[answer.className as BehaviorClass];
      const confidence = (100 * answer.confidence).toFixed(1);
      await expect(outcome).toContainText(`the model says ${title} (${confidence} %)`);
      await expect(demo.shown('class-name')).toHaveText(title);
    } else {
      await expect(outcome).toContainText('too little movement to name');
      await expect(demo.shown('class-name')).toHaveText('Not enough movement');
    }
    const right = answer?.className === behavior ? 1 : 0;
    await expect(demo.shown(`tally-${behavior}`)).toHaveText(`${right} of 1 named so`);
  }
  engine.dispose();
});

// What comes while a movement plays comes in one turn of the page: a slow machine cannot let the movement end before.

test('a press in the field takes over from what plays', async ({ demo }) => {
  await demo.page.evaluate(() => {
    document.querySelector<HTMLElement>('[data-testid="play-casual_explore"]')!.click();
    const press = new PointerEvent('pointerdown', { isPrimary: true, pointerType: 'mouse' });
    document.querySelector('[data-testid="field"]')!.dispatchEvent(press);
  });
  await expect(demo.shown('play-outcome')).toHaveText('Stopped: your pointer took over.');
  await expect(demo.shown('play-casual_explore')).not.toHaveClass(/is-playing/);
  await expect(demo.shown('tally-casual_explore')).toHaveText('not played yet');
});

test('a second play replaces the first', async ({ demo }) => {
  await demo.page.evaluate(() => {
    for (const behavior of ['casual_explore', 'rage_shake']) {
      document.querySelector<HTMLElement>(`[data-testid="play-${behavior}"]`)!.click();
    }
  });
  await expect(demo.shown('play-outcome')).toContainText(/^Played Rage shake/);
  await expect(demo.shown('tally-casual_explore')).toHaveText('not played yet');
});

test('a moment in which INT8 and FP32 disagree is not timed, and so not held against INT8 a hundred times', async () => {
  const engine = await engineOfThePage();
  const live = new LiveClassifier(engine);
  const timed = { agreed: 0, disagreed: 0 };
  for (const point of generateTrajectory('lost_confused', FIRST_SEED)) {
    live.push(point);
    const reading = await live.read(true);
    const { int8, fp32 } = reading.comparison ?? {};
    if (!int8 || !fp32) continue;
    const ms = live.timeInference(reading);
    expect(engine.getStatus().mode).toBe('int8');
    if (int8.classIndex !== fp32.classIndex) {
      expect(ms).toBeUndefined();
      timed.disagreed += 1;
    } else {
      expect(ms).toBeGreaterThan(0);
      timed.agreed += 1;
    }
  }
  expect(timed.agreed).toBeGreaterThan(1);
  expect(timed.disagreed).toBeGreaterThan(0);
  live.dispose();
  engine.dispose();
});
