// Whether what a contestant answers is right, against ONNX Runtime's native FP32. Runs where the answers are.

// FP32: a sum of K rounded products is off by at most K·u of its terms (Higham, Accuracy and Stability of Numerical
// Algorithms, section 3.1), u = 2^-24, on either side; the errors of layers add up. One missing term of K random ones would
// already be an error of 1/√K.
const unitRoundoff = 2 ** -24;
const fp32Bound = (reductions) => 2 * unitRoundoff * reductions.reduce((sum, k) => sum + k, 0);

// INT8 of a classifier: what Alice accepts without a warning. Of a product of numbers from −1 to 1: codes of 8 bits for
// inputs, weights and, in the static form, outputs have steps of 1/127, 1/127 and 9σ/255, and so noise of 0.4, 0.4 and 1.0 %
// of the signal; clipping in calibration comes on top. 3 % of noise are a cosine of 0.9995.
const cosineBound = (row) => (row.macs ? 0.9995 : 0.98);

/** Throws where `answers` are not those of the row's model; gives the relative error and the cosine. */
export function judge({ precision }, row, answers, expected) {
  if (answers.length !== expected.length) {
    throw new Error(`${answers.length} values were answered instead of ${expected.length}`);
  }
  let [dot, own, other, difference] = [0, 0, 0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    dot += answers[i] * expected[i];
    own += answers[i] ** 2;
    other += expected[i] ** 2;
    difference += (answers[i] - expected[i]) ** 2;
  }
  const relativeError = Math.sqrt(difference / other);
  const cosine = dot / Math.sqrt(own * other);
  const isRight =
    precision === 'fp32' ? relativeError <= fp32Bound(row.reductions) : cosine >= cosineBound(row);
  if (!isRight) throw new Error(`wrong answers: relative error ${relativeError}, cosine ${cosine}`);
  return { relativeError, cosine };
}
