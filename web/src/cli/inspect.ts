import { createEngine, type TensorInfo } from '../index.js';
import { runsModels, type Call, type Command, type Outcome } from './command.js';
import { readBytes } from './files.js';
import { bytes, columns } from '../text-table.js';

const tensorText = ({ name, dtype, dims }: TensorInfo) => `${name}: ${dtype} [${dims.join(', ')}]`;

async function run({ files: [file = ''], engineOptions }: Call<never>): Promise<Outcome> {
  const model = await readBytes(file);
  const engine = await createEngine(engineOptions);
  try {
    const info = await engine.load(model);
    const precision = engine.getStatus().mode;
    const { plannedArenaBytes, int8WeightBytes, fp32WeightBytes } = engine.getMemory();
    const data = {
      file,
      bytes: model.length,
      precision,
      ...info,
      memory: { activations: plannedArenaBytes, int8Weights: int8WeightBytes, fp32Weights: fp32WeightBytes },
    };
    const text = columns([
      ['file', `${file}, ${bytes(model.length)}`],
      ['graph', `${info.name || '(no name)'}, operator set ${info.opset}`],
      ...info.inputs.map((tensor) => ['input', tensorText(tensor)] as const),
      ...info.outputs.map((tensor) => ['output', tensorText(tensor)] as const),
      ['classes', info.classes.join(', ')],
      ['parameters', info.parameters.toLocaleString('en-US')],
      ['nodes', `${info.nodes}, after optimization`],
      ['quantized layers', String(info.quantizedLayers)],
      ['runs in', precision.toUpperCase()],
      ['activations', bytes(plannedArenaBytes)],
    ]);
    return { data, text };
  } finally {
    engine.dispose();
  }
}

export const inspect: Command<never> = {
  name: 'inspect',
  summary: 'say what a model is',
  details: 'Takes float models and quantized ones, and refuses what the engine cannot run, naming the node.',
  files: [['model', 'the model, .onnx']],
  flags: [],
  engineOptions: runsModels,
  examples: [
    'alice-quant inspect model.onnx',
    'alice-quant inspect model.int8.onnx --json | jq .quantizedLayers',
  ],
  run,
};
