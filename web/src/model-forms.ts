import { AliceError } from './errors.js';
import type { QuantizationConfig } from './generated/lists.js';
import type { ExportFormat, ModelBytes, ModelInfo } from './types.js';

const EXPORT_FORMATS: readonly ExportFormat[] = ['qdq', 'dynamic', 'fp32'];
const MISSING_FORM: Readonly<Record<ExportFormat, string>> = {
  qdq: "Quantize a float model with strategy 'static', int8 weights per tensor or per channel, and calibration data.",
  dynamic:
    "Quantize a float model with strategy 'dynamic', symmetric int8 weights per tensor or per channel, and asymmetric activations per tensor.",
  fp32: 'A model that was quantized before it was loaded has no float form: load the float model.',
};

/** The forms in which the model in service can be exported, as ONNX bytes. */
export type ModelForms = Readonly<Partial<Record<ExportFormat, Uint8Array>>>;

/** Those of a model that quantize() made; `int8Model` is empty where ONNX cannot say what it is. */
export function formsOfQuantized(
  fp32: Uint8Array,
  int8Model: Uint8Array,
  strategy: QuantizationConfig['strategy'],
): ModelForms {
  if (int8Model.length === 0) return { fp32 };
  return { fp32, [strategy === 'static' ? 'qdq' : 'dynamic']: int8Model.slice() };
}

/** The one form of a model that was loaded as it is. */
export function formsOfLoaded(bytes: Uint8Array, { quantizedLayers, staticLayers }: ModelInfo): ModelForms {
  if (staticLayers > 0) return { qdq: bytes };
  return quantizedLayers > 0 ? { dynamic: bytes } : { fp32: bytes };
}

/** @throws AliceError `argument_invalid` for another format, `no_model` for a form that is not there. */
export function copyOfForm(forms: ModelForms, format: ExportFormat): Uint8Array {
  if (!EXPORT_FORMATS.includes(format)) {
    throw new AliceError('argument_invalid', `exportModel: ${JSON.stringify(format)} is no format.`, {
      hint: `Known: ${EXPORT_FORMATS.join(', ')}.`,
    });
  }
  const bytes = forms[format];
  if (bytes) return bytes.slice();
  throw new AliceError('no_model', `The model in service has no ${format} form.`, {
    hint: MISSING_FORM[format],
  });
}

export function bytesOf(model: ModelBytes): Uint8Array {
  if (ArrayBuffer.isView(model)) return new Uint8Array(model.buffer, model.byteOffset, model.byteLength);
  if (Object.prototype.toString.call(model) === '[object ArrayBuffer]') return new Uint8Array(model);
  throw new AliceError('argument_invalid', 'A model is an ArrayBuffer or a Uint8Array with ONNX bytes.');
}
