// The one list of what is compared. A contestant is { name, title, package, runsIn, variants, module() }: `runsIn` are the
// places that can run it, `module` gives what loads its models (contestants/), `variants` are { precision, note, rowsWith, runsIn };
// `rowsWith` narrows a variant to rows that have that property, `runsIn` to some of the places.
//
// Every variant is compared with Alice's of the same precision.

export const precisions = {
  fp32: 'FP32',
  'int8-dynamic': 'INT8 dynamic',
  'int8-static': 'INT8 static',
};

const [float, dynamic, fixed] = Object.keys(precisions).map((precision) => ({ precision }));

export const contestants = [
  {
    name: 'alice',
    title: 'Alice',
    package: 'alice-quant',
    runsIn: ['page', 'node'],
    variants: [
      float,
      dynamic,
      { precision: 'int8-dynamic', note: 'result reused', rowsWith: 'isReusable' },
      { precision: 'int8-dynamic', note: 'monitor off', rowsWith: 'monitorCost' },
      fixed,
      { precision: 'int8-static', note: 'monitor off', rowsWith: 'monitorCost' },
      { precision: 'int8-dynamic', note: 'rows in place, monitor off', rowsWith: 'isBatch' },
      ...[float, dynamic, fixed].map((variant) => ({
        ...variant,
        note: 'rows in place',
        rowsWith: 'isPlaced',
      })),
      ...[float, dynamic, fixed].map((variant) => ({
        ...variant,
        note: 'two threads, monitor off',
        rowsWith: 'isShared',
        runsIn: ['page'],
      })),
    ],
    module: () => import('./contestants/alice.mjs'),
  },
  {
    name: 'onnxruntime-web',
    title: 'onnxruntime-web',
    package: 'onnxruntime-web',
    runsIn: ['page', 'node'],
    variants: [float, dynamic, fixed],
    module: () => import('./contestants/onnxruntime-web.mjs'),
  },
  {
    name: 'litert',
    title: 'LiteRT.js',
    package: '@litertjs/core',
    runsIn: ['page'],
    variants: [float, fixed],
    module: () => import('./contestants/litert.mjs'),
  },
  {
    name: 'tfjs',
    title: 'TensorFlow.js (wasm)',
    package: '@tensorflow/tfjs-backend-wasm',
    runsIn: ['page', 'node'],
    variants: [float],
    module: () => import('./contestants/tfjs.mjs'),
  },
  {
    name: 'onnxruntime-node',
    title: 'onnxruntime-node (native)',
    package: 'onnxruntime-node',
    runsIn: ['node'],
    variants: [float, dynamic, fixed],
    module: () => import('./contestants/onnxruntime-node.mjs'),
  },
];

export const contestantOf = (name) => contestants.find((contestant) => contestant.name === name);

const idOf = (name, { precision, note }) => [name, precision, ...(note ? [note] : [])].join('/');

/**
 * The variants that take part in a row, as { id, contestant, title, runsIn, precision, note }: those of its `precisions` and
 * `contestants`, where it names some.
 */
export function variantsOf(row) {
  const isWanted = ({ precision, rowsWith }) =>
    (row.precisions?.includes(precision) ?? true) && (!rowsWith || row[rowsWith]);
  return contestants
    .filter(({ name }) => row.contestants?.includes(name) ?? true)
    .flatMap(({ name, title, runsIn, variants }) =>
      variants.filter(isWanted).map(({ precision, note, runsIn: own }) => ({
        id: idOf(name, { precision, note }),
        contestant: name,
        title,
        runsIn: own ?? runsIn,
        precision,
        note,
      })),
    );
}

/** The id of the variant that one is compared with. */
export const baselineOf = ({ precision }) => idOf('alice', { precision });
