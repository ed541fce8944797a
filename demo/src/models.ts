import type { CalibrationDataset } from 'alice-quant';

export interface ModelSource {
  /** A name to show, e.g. a file name. */
  name: string;
  read(): Promise<ArrayBuffer>;
}

async function fetchBytes(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} could not be fetched: HTTP status ${response.status}.`);
  return response.arrayBuffer();
}

export interface ModelChoice extends ModelSource {
  id: string;
  detail: string;
}

/** The trained classifiers of this project, smallest first. */
export const modelChoices: readonly [ModelChoice, ...ModelChoice[]] = [
  {
    id: 'small',
    name: 'behavior-classifier',
    detail: '12 → 64 → 32 → 6',
    read: () => fetchBytes(new URL('../../models/behavior-classifier.onnx', import.meta.url)),
  },
  {
    id: 'large',
    name: 'behavior-classifier-large',
    detail: '12 → 176 → 192 → 64 → 6',
    read: () => fetchBytes(new URL('../../models/behavior-classifier-large.onnx', import.meta.url)),
  },
];

export function fileSource(file: File): ModelSource {
  return { name: file.name, read: () => file.arrayBuffer() };
}

let calibration: Promise<CalibrationDataset> | undefined;

/** The project's calibration set, fetched once. */
export function loadCalibration(): Promise<CalibrationDataset> {
  calibration ??= fetchBytes(new URL('../../calibration-data/standard-1000.json', import.meta.url)).then(
    (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as CalibrationDataset,
  );
  calibration.catch(() => (calibration = undefined));
  return calibration;
}
