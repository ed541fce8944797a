import { readFileSync } from 'node:fs';
import { linearModel, onnxModel } from '../web/test/fixtures/onnx-builder.js';
import { expect, test, type Demo } from './demo.js';
import { movements } from './movements.js';
import { moveInField } from './pointer.js';

test.use({ viewport: { width: 1600, height: 1000 } });

const classifier = new Uint8Array(
  readFileSync(new URL('../models/behavior-classifier.onnx', import.meta.url)),
);

// An operator that only a random generator could run.
const lottery = onnxModel({
  nodes: [{ operator: 'RandomNormalLike', name: 'draw', inputs: ['x'], outputs: ['y'] }],
  initializers: [],
  input: { name: 'x', dims: [1, 8] },
  output: { name: 'y', dims: [1, 8] },
});

/** Bytes that look like nothing: a linear congruential generator's. */
function noise(length: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}

async function expectEarlierModelAnswers(demo: Demo): Promise<void> {
  await expect(demo.shown('aftermath')).toHaveText('The earlier model keeps running.');
  await expect(demo.shown('state')).toHaveAttribute('data-state', 'ready');
  await expect(demo.shown('model')).toHaveText('behavior-classifier');
  await expect(demo.shown('report-model')).toHaveText('behavior-classifier');
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
}

const badFiles: { name: string; bytes: Uint8Array; code: RegExp }[] = [
  { name: 'truncated.onnx', bytes: classifier.slice(0, classifier.length >> 1), code: /^model_truncated$/ },
  { name: 'noise.onnx', bytes: noise(4096), code: /^model_\w+$/ },
  { name: 'empty.onnx', bytes: new Uint8Array(0), code: /^model_\w+$/ },
  { name: 'lottery.onnx', bytes: lottery, code: /^model_unsupported_operator$/ },
];

for (const { name, bytes, code } of badFiles) {
  test(`${name} is refused by code, and the earlier model goes on`, async ({ demo }) => {
    await demo.chooseFile(name, bytes);
    await expect(demo.shown('error-code')).toHaveText(code);
    await expectEarlierModelAnswers(demo);
  });
}

test('an unsupported operator is named with its node', async ({ demo }) => {
  await demo.chooseFile('lottery.onnx', lottery);
  await expect(demo.shown('notice')).toContainText('RandomNormalLike');
  await expect(demo.shown('notice')).toContainText('draw');
});

test('a sound model after a bad one takes the notice away', async ({ demo }) => {
  await demo.chooseFile('empty.onnx', new Uint8Array(0));
  await expect(demo.shown('notice')).toBeVisible();
  await demo.quantize('large');
  await expect(demo.shown('notice')).toBeHidden();
});

test('a classifier of one’s own goes into service', async ({ demo }) => {
  await demo.chooseFile('mine.onnx', classifier);
  await expect(demo.shown('model')).toHaveText('mine.onnx');
  await expect(demo.shown('report-model')).toHaveText('mine.onnx');
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
});

test('a model of another shape is reported, and the live class pauses until a classifier is back', async ({
  demo,
}) => {
  await demo.chooseFile('four-to-three.onnx', linearModel(4, 3));
  await expect(demo.shown('report-model')).toHaveText('four-to-three.onnx');
  await expect(demo.shown('layer')).toHaveCount(1);
  await expect(demo.shown('class-name')).toHaveText('Another kind of model');
  await expect(demo.shown('play-rage_shake')).toBeDisabled();

  await demo.quantize('small');
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
});

test('a file can be dropped on the page', async ({ demo }) => {
  const transfer = await demo.page.evaluateHandle((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'dropped.onnx'));
    return data;
  }, Array.from(classifier));
  await demo.shown('drop').dispatchEvent('drop', { dataTransfer: transfer });
  await expect(demo.shown('model')).toHaveText('dropped.onnx');
});
