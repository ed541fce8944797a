// The one list of what is measured. A row is { id, group, title, unit, kind, … }:
//   answers   every contestant answers `rows` rows of `model`; `macs` of a product give its unit GMAC/s
//             `network` and `dims` stand for a convolutional one and its image
//   quantize  Alice's quantize() of `model` with its calibration data
//   memory    what a fresh page holds that has loaded the file of `network`, quantized already where it is INT8, and
//             answered once
//   loading   import → first answer of `model` in fresh pages, and what such a page has fetched and holds
// `inShort`: the short form has it, too. `monitorCost`: what Alice's monitor costs is measured, too; it is on by default, and off
// for products. `isShared`: two threads share a run, too; slices are longer, as the second one sleeps between them. `isPlaced`,
// `isBatch`: and how long it takes on rows that lie in the package's memory already. `isReusable`: so is what a result costs
// that is made anew.

const classifiers = ['behavior-classifier', 'behavior-classifier-large'];

const one = classifiers.map((model) => ({
  id: `one-${model}`,
  group: 'One inference',
  title: model,
  unit: 'µs',
  kind: 'answers',
  model,
  rows: 1,
  monitorCost: true,
  isReusable: true,
  inShort: true,
}));

const batch = {
  id: 'batch-1000',
  group: 'A batch',
  title: '1000 rows of behavior-classifier-large',
  unit: 'ms',
  kind: 'answers',
  model: 'behavior-classifier-large',
  rows: 1000,
  monitorCost: true,
  isBatch: true,
  isReusable: true,
  inShort: true,
};

const cubes = [64, 128, 256, 512, 1024].map((size) => [size, size, size]);
const skinny = [
  [1, 1024, 1024],
  [8, 1024, 1024],
  [1024, 64, 1024],
  [1024, 1024, 64],
];
const inShort = ['64x64x64', '512x512x512', '1x1024x1024'];
const productOf = ([m, k, n]) => ({
  id: `gemm-${m}x${k}x${n}`,
  group: 'Matrix products [M, K] · [K, N]',
  title: `${m} × ${k} × ${n}`,
  unit: 'GMAC/s',
  kind: 'answers',
  model: `product-${k}x${n}`,
  rows: m,
  k,
  n,
  macs: m * k * n,
  inShort: inShort.includes([m, k, n].join('x')),
  // The limits of the instruction set, and the kernels by themselves, stand beside the large ones.
  kernels: m === k && k === n && m >= 512,
  isShared: m === k && k === n && m >= 1024,
  isPlaced: m > 1,
});

const networkOf = ([network, size, title, inShort]) => ({
  id: `network-${network}`,
  group: 'Convolutional networks, one image',
  title,
  unit: 'ms',
  kind: 'answers',
  model: network,
  network,
  dims: [1, 3, size, size],
  rows: 1,
  contestants: ['alice', 'onnxruntime-web', 'litert', 'onnxruntime-node'],
  monitorCost: true,
  isShared: true,
  inShort,
});
const networks = [
  ['mobilenet-v2-96', 96, 'MobileNetV2, 96 × 96', true],
  ['resnet-18-112', 112, 'ResNet-18, 112 × 112', false],
].map(networkOf);

const memory = networks.map((row) => ({
  ...row,
  id: `memory-${row.network}`,
  group: 'WebAssembly memory of a page that has loaded a network (INT8: quantized before)',
  kind: 'memory',
  precisions: ['fp32', 'int8-static'],
  monitorCost: false,
  isShared: false,
  inShort: false,
}));

const quantize = {
  id: 'quantize',
  group: 'quantize()',
  title: 'behavior-classifier-large with 1000 samples',
  unit: 'ms',
  kind: 'quantize',
  model: 'behavior-classifier-large',
  rows: 1,
  contestants: ['alice'],
  precisions: ['int8-dynamic', 'int8-static'],
  inShort: true,
};

const loading = {
  id: 'loading',
  group: 'Loading',
  title: 'behavior-classifier',
  unit: 'ms',
  kind: 'loading',
  model: 'behavior-classifier',
  rows: 1,
  precisions: ['fp32'],
  inShort: true,
};

export const rows = [
  ...one,
  batch,
  ...[...cubes, ...skinny].map(productOf),
  ...networks,
  ...memory,
  quantize,
  loading,
];
