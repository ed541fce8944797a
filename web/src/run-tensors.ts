import { answerRows, type BatchEngine } from './batch.js';
import { areFloats, OutputTensors, samplesOf, wordsOf, writeSample } from './tensors.js';
import type { Tensor, TensorFeeds } from './types.js';

/**
 * Answers the samples that feeds hold which fit the model in service: together where all inputs are float32 and the budget has
 * room for them, otherwise one by one.
 *
 * @throws AliceError `input_not_finite`
 */
export function runTensors(engine: BatchEngine, feeds: TensorFeeds): Record<string, Tensor> {
  const { inputs, outputs } = engine.rows.layouts;
  const samples = samplesOf(feeds, inputs);
  const words = wordsOf(inputs);
  const results = new OutputTensors(outputs, samples);
  if (samples > 1 && areFloats(inputs)) {
    const rows = new Float32Array(samples * words);
    for (let i = 0; i < samples; ++i)
      writeSample(feeds, inputs, i, rows.subarray(i * words, (i + 1) * words));
    let done = 0;
    answerRows(engine, rows, samples, (given, _answers, _first, count) => {
      results.take(given, done, count);
      done += count;
    });
    return results.tensors(samples);
  }
  for (let i = 0; i < samples; ++i) {
    writeSample(feeds, inputs, i, engine.rows.input);
    engine.rows.infer();
    results.take(engine.rows.output, i, 1);
    if (engine.rows.hasEvents) engine.takeEvents();
  }
  return results.tensors(samples);
}
