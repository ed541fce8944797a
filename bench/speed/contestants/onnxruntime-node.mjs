import * as ort from 'onnxruntime-node';
import { loadWith } from './onnxruntime.mjs';

export const load = loadWith(ort, { intraOpNumThreads: 1, interOpNumThreads: 1 });
