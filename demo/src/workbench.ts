import {
  BEHAVIOR_CLASSES,
  FEATURE_NAMES,
  type AliceQuantizationEngine,
  type Progress,
  type QuantizationResult,
} from 'alice-quant';
import { loadCalibration, type ModelSource } from './models.js';

type Dims = readonly (number | string)[];

const isRowOf = (width: number, dims: Dims) => dims.length === 2 && dims[1] === width;

/** Whether the model in service takes the 12 features and gives the 6 classes. */
export function isBehaviorClassifier(engine: AliceQuantizationEngine): boolean {
  const model = engine.getStatus().model;
  if (model?.inputs.length !== 1 || model.outputs.length !== 1) return false;
  return (
    isRowOf(FEATURE_NAMES.length, model.inputs[0]!.dims) &&
    isRowOf(BEHAVIOR_CLASSES.length, model.outputs[0]!.dims)
  );
}

/** Quantizes a model against the calibration set, or against synthetic rows where its input is not the 12 features. */
export async function quantizeModel(
  engine: AliceQuantizationEngine,
  source: ModelSource,
  onProgress: (progress: Progress) => void,
): Promise<QuantizationResult> {
  const [bytes, calibration] = await Promise.all([source.read(), loadCalibration()]);
  const result = await engine.quantize(bytes, calibration, { onProgress });
  return result.error?.code === 'calibration_width'
    ? engine.quantize(bytes, undefined, { onProgress })
    : result;
}
