// The one list of what is promised. A goal is { text, value(results), atLeast | atMost | below, unit }, without a bound where it
// tells what is possible; `value` gives undefined where a run did not measure it.
import { peakOf } from './results.mjs';
import { quantile, ratioOf } from './statistics.mjs';

const product = (size) => `gemm-${size}x${size}x${size}`;
const isKernelOf =
  (isa, operation) =>
  ({ variant }) =>
    variant.kind === 'kernel' && variant.operation === operation && variant.isa === isa;
const median = ({ values }) => quantile(values, 0.5);

const hotOf = (results, row, id) => results.get(row)?.hot?.find(({ variant }) => variant.id === id);

const ratio = (result, other) => result && other && ratioOf(result.values, other.values).median;

// Of slices' values: µs or GMAC/s.
const value =
  (row, id, scale = 1) =>
  (results) => {
    const result = hotOf(results, row, id);
    return result && median(result) * scale;
  };
const share = (row, id, otherId) => (results) => ratio(hotOf(results, row, id), hotOf(results, row, otherId));
const ofPeak = (row, id) => (results) => {
  const result = hotOf(results, row, id);
  return result && ratio(result, peakOf(result, results.get(row).hot));
};
const kernelOfPeak = (row, isa, operation) => (results) => {
  const hot = results.get(row)?.hot ?? [];
  const [best] = hot.filter(isKernelOf(isa, operation)).toSorted((a, b) => median(b) - median(a));
  return best && ratio(best, peakOf(best, hot));
};
const cold = (results) => {
  const result = results.get('loading')?.cold?.find(({ variant }) => variant.id === 'alice/fp32');
  return result && median(result);
};
const footprint = (name, scale) => (results) => {
  const result = results.get('loading')?.footprint?.find(({ variant }) => variant.id === 'alice/fp32');
  return result && result[name] * scale;
};
const heapShare = (row, precision) => (results) => {
  const heapOf = (contestant) =>
    results.get(row)?.footprint?.find(({ variant }) => variant.id === `${contestant}/${precision}`)
      ?.heapBytes;
  const [own, other] = [heapOf('alice'), heapOf('onnxruntime-web')];
  return own && other && own / other;
};

const percent = { unit: 'of the peak' };
const times = { unit: 'times' };
const [small, large] = ['one-behavior-classifier', 'one-behavior-classifier-large'];
const [dynamic, fixed, float] = ['alice/int8-dynamic', 'alice/int8-static', 'alice/fp32'];
// As others run: they have no monitor.
const unmonitored = (id) => `${id}/monitor off`;
const shared = (id) => `${id}/two threads, monitor off`;
// On rows that are written and read where they lie.
const placed = (id) => `${id}/rows in place`;

const productGoals = [512, 1024].flatMap((size) => {
  const row = product(size);
  return [
    {
      text: `${size}³: best INT8 kernel`,
      value: kernelOfPeak(row, 'relaxed', 'int8 sums'),
      atLeast: 0.9,
      ...percent,
    },
    {
      text: `${size}³: best INT8 dynamic kernel`,
      value: kernelOfPeak(row, 'relaxed', 'int8 dynamic'),
      atLeast: 0.8,
      ...percent,
    },
    {
      text: `${size}³: INT8 dynamic, whole model, rows in place`,
      value: ofPeak(row, placed(dynamic)),
      atLeast: 0.8,
      ...percent,
    },
    {
      text: `${size}³: INT8 static, rows in place, against LiteRT.js`,
      value: share(row, placed(fixed), 'litert/int8-static'),
      atLeast: 1.35,
      ...times,
    },
    {
      text: `${size}³: best FP32 kernel`,
      value: kernelOfPeak(row, 'relaxed', 'fp32'),
      atLeast: 0.88,
      ...percent,
    },
    {
      text: `${size}³: FP32, rows in place, against LiteRT.js`,
      value: share(row, placed(float), 'litert/fp32'),
      atLeast: 1.15,
      ...times,
    },
    {
      text: `${size}³: best INT8 kernel of SIMD128`,
      value: kernelOfPeak(row, 'simd128', 'int8 sums'),
      atLeast: 0.8,
      ...percent,
    },
  ];
});

const networkGoals = [
  ['mobilenet-v2-96', 'MobileNetV2'],
  ['resnet-18-112', 'ResNet-18'],
].flatMap(([network, title]) => {
  const row = `network-${network}`;
  return [
    {
      text: `${title}: INT8 static, monitor off, against LiteRT.js`,
      value: share(row, 'litert/int8-static', unmonitored(fixed)),
      atLeast: 1,
      ...times,
    },
    {
      text: `${title}: INT8 static, monitor off, against onnxruntime-web`,
      value: share(row, 'onnxruntime-web/int8-static', unmonitored(fixed)),
      atLeast: 3,
      ...times,
    },
    {
      text: `${title}: INT8 static, monitor off, against its FP32`,
      value: share(row, float, unmonitored(fixed)),
      atLeast: 2.5,
      ...times,
    },
    {
      text: `${title}: INT8 static, monitor off, two threads against one`,
      value: share(row, unmonitored(fixed), shared(fixed)),
      atLeast: 1.7,
      ...times,
    },
    {
      text: 'beside it: two processors against one, in registers only',
      value: share(row, 'processors/1', 'processors/2'),
      ...times,
    },
    {
      text: `${title}: FP32 against LiteRT.js`,
      value: share(row, 'litert/fp32', float),
      atLeast: 1,
      ...times,
    },
    ...['fp32', 'int8-static'].map((precision) => ({
      text: `${title}: memory in ${precision}, of onnxruntime-web's`,
      value: heapShare(`memory-${network}`, precision),
      atMost: 1,
      ...times,
    })),
  ];
});

export const goals = [
  { text: 'One inference of the classifier, INT8', value: value(small, dynamic), below: 0.4, unit: 'µs' },
  {
    text: 'the same, against onnxruntime-web FP32',
    value: share(small, 'onnxruntime-web/fp32', dynamic),
    atLeast: 20,
    ...times,
  },
  {
    text: 'One inference of the large classifier, INT8',
    value: value(large, dynamic),
    below: 1.2,
    unit: 'µs',
  },
  {
    text: 'the same, monitor off, against its FP32',
    value: share(large, float, unmonitored(dynamic)),
    atLeast: 1,
    ...times,
  },
  {
    text: 'A batch of 1000, INT8 dynamic, rows in place, monitor off, of the time of LiteRT.js INT8 static',
    value: share('batch-1000', `${placed(dynamic)}, monitor off`, 'litert/int8-static'),
    atMost: 1.1,
    ...times,
  },
  ...productGoals,
  ...networkGoals,
  ...[dynamic, fixed].map((id) => ({
    text: `1024³: ${id === dynamic ? 'INT8 dynamic' : 'INT8 static'}, rows in place, two threads against one`,
    value: share(product(1024), shared(id), placed(id)),
    atLeast: 1.7,
    ...times,
  })),
  {
    text: 'beside them: two processors against one, in registers only',
    value: share(product(1024), 'processors/2', 'processors/1'),
    ...times,
  },
  {
    text: '512³: INT8 dynamic against onnxruntime-web',
    value: share(product(512), dynamic, 'onnxruntime-web/int8-dynamic'),
    atLeast: 1,
    ...times,
  },
  { text: 'quantize()', value: value('quantize', dynamic, 1e-3), below: 5, unit: 'ms' },
  { text: 'Import → first inference, cold', value: cold, atMost: 30, unit: 'ms' },
  { text: 'Fetched by a page, gzip', value: footprint('gzipBytes', 1e-3), atMost: 150, unit: 'KB' },
  { text: 'Heap with the classifier loaded', value: footprint('heapBytes', 2 ** -20), atMost: 2, unit: 'MB' },
];

/** { text, unit, bound, value, isMet } of every goal that the run measured. */
export function judgeGoals(results) {
  return goals
    .map((goal) => ({ ...goal, value: goal.value(results) }))
    .filter((goal) => goal.value !== undefined)
    .map(({ text, unit, value: reached, atLeast, atMost, below }) => {
      if (atLeast !== undefined) {
        return { text, unit, bound: `≥ ${atLeast}`, value: reached, isMet: reached >= atLeast };
      }
      if (below !== undefined) {
        return { text, unit, bound: `< ${below}`, value: reached, isMet: reached < below };
      }
      if (atMost !== undefined) {
        return { text, unit, bound: `≤ ${atMost}`, value: reached, isMet: reached <= atMost };
      }
      return { text, unit, bound: '', value: reached };
    });
}
