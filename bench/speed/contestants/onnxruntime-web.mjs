import * as ort from 'onnxruntime-web/wasm';
import { loadWith } from './onnxruntime.mjs';

ort.env.wasm.numThreads = 1;

export const load = loadWith(ort, { executionProviders: ['wasm'] });
