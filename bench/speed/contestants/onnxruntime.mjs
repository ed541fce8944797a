// What the two packages of ONNX Runtime have in common.

const kinds = { fp32: 'fp32.onnx', 'int8-dynamic': 'dynamic.onnx', 'int8-static': 'qdq.onnx' };

/** `load` of a contestant, for a package and the options of its sessions. */
export const loadWith = (ort, options) => async (variant, row, files) => {
  const session = await ort.InferenceSession.create(await files(kinds[variant.precision]), {
    graphOptimizationLevel: 'all',
    ...options,
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const dims = row.dims ?? [row.rows, row.k];
  return {
    isSync: false,
    run: (values) => session.run({ [input]: new ort.Tensor('float32', values, dims) }),
    outputOf: (answer) => answer[output].data,
  };
};
