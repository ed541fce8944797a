import { createHash } from 'node:crypto';
import { FEATURE_DIVISORS } from '../generated/cli-lists.js';
import {
  BEHAVIOR_CLASSES,
  FEATURE_NAMES,
  extractFeatures,
  generateTrajectory,
  type BehaviorClass,
  type CalibrationDataset,
  type CalibrationSample,
  type FeatureStatistics,
} from '../index.js';

const FORMAT_VERSION = '1.0.0';
const GENERATOR_VERSION = '1.0.0';

export type Split = 'train' | 'test' | 'any';

/** What a set is made from. */
export interface DatasetRequest {
  count: number;
  /** Sample i is the trajectory of the seed `seed` · 2^32 + i. */
  seed: number;
  split: Split;
  generatedAt: string;
}

interface Sample {
  behavior: BehaviorClass;
  seed: number;
  features: Float32Array;
  insufficient: boolean;
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The number with the fewest digits that is `value` as f32. */
function shortestFloat32(value: number): number {
  for (let digits = 1; digits < 9; ++digits) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

function makeSample(index: number, { seed, split }: DatasetRequest): Sample {
  const behavior = BEHAVIOR_CLASSES[index % BEHAVIOR_CLASSES.length] as BehaviorClass;
  const trajectorySeed = seed * 2 ** 32 + index;
  const trajectory = generateTrajectory(behavior, trajectorySeed, { split });
  return { behavior, seed: trajectorySeed, ...extractFeatures(trajectory) };
}

function standardSample(
  { behavior, seed, features }: Sample,
  index: number,
  split: Split,
): CalibrationSample {
  const number = String(index).padStart(4, '0');
  return {
    id: `sample-${number}`,
    features: Array.from(features, shortestFloat32),
    expectedBehavior: behavior,
    trajectoryId: `trajectory-${number}`,
    synthesisParams: { behavior, seed, split },
  };
}

function statisticsOf(values: readonly number[]): FeatureStatistics {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
  const range = { min: Infinity, max: -Infinity };
  for (const value of values) {
    range.min = Math.min(range.min, value);
    range.max = Math.max(range.max, value);
  }
  return { ...range, mean, std: Math.sqrt(variance) };
}

/** The share of the tenths of [0, 1] that hold a value. */
const decilesUsed = (values: readonly number[]) =>
  new Set(values.map((value) => Math.min(9, Math.trunc(value * 10)))).size / 10;

/** `qualityScore` is the mean of balance, sufficiency, uniqueness and coverage: see calibration-data/README.md. */
function describe(samples: readonly Sample[]): CalibrationDataset['statistics'] {
  const count = samples.length;
  const sizes = BEHAVIOR_CLASSES.map((name) => samples.filter(({ behavior }) => behavior === name).length);
  const featureColumns = FEATURE_NAMES.map((_, i) => samples.map(({ features }) => features[i] as number));
  const balance = Math.min(...sizes) / Math.max(...sizes);
  const sufficiency = samples.reduce((share, { insufficient }) => share + (insufficient ? 0 : 1 / count), 0);
  const uniqueness = new Set(samples.map(({ features }) => features.join())).size / count;
  const coverage = featureColumns.reduce(
    (share, values) => share + decilesUsed(values) / featureColumns.length,
    0,
  );
  return {
    behaviorDistribution: Object.fromEntries(BEHAVIOR_CLASSES.map((name, i) => [name, sizes[i]])),
    featureStats: featureColumns.map(statisticsOf),
    qualityScore: (balance + sufficiency + uniqueness + coverage) / 4,
  };
}

/** Everything that decides what the samples are. */
function configText({ count, seed, split }: DatasetRequest): string {
  return [
    `generator ${GENERATOR_VERSION}`,
    `split ${split}`,
    `seed ${seed}`,
    `samples ${count}`,
    ...BEHAVIOR_CLASSES.map((name) => `class ${name}`),
    ...FEATURE_NAMES.map((name, i) => `feature ${name} / ${FEATURE_DIVISORS[i]}`),
    '',
  ].join('\n');
}

/** What the signature of a set must be: the SHA-256 of its JSON without the signature. */
export function signatureOf(dataset: Partial<CalibrationDataset>): string {
  return sha256(JSON.stringify({ ...dataset, signature: undefined }));
}

/**
 * Makes a calibration set in the standard form, of generated trajectories. Classes take turns, so that any number of
 * samples is balanced to ±1. The runtime must be loaded.
 */
export function makeDataset(
  request: DatasetRequest,
  onProgress: (done: number, total: number) => void,
): CalibrationDataset {
  const { count, split, generatedAt } = request;
  const samples = Array.from({ length: count }, (_, i) => {
    onProgress(i, count);
    return makeSample(i, request);
  });
  const dataset = {
    version: FORMAT_VERSION,
    generatedAt,
    source: { generatorVersion: GENERATOR_VERSION, configHash: sha256(configText(request)) },
    totalSamples: count,
    samples: samples.map((sample, i) => standardSample(sample, i, split)),
    statistics: describe(samples),
  };
  return { ...dataset, signature: signatureOf(dataset) };
}

/** The set as its file has it: JSON with one line a sample. */
export function datasetText({ samples, statistics, signature, ...head }: CalibrationDataset): string {
  const start = JSON.stringify(head).slice(0, -1);
  const end = JSON.stringify({ statistics, signature }).slice(1);
  const lines = samples.map((sample) => JSON.stringify(sample)).join(',\n');
  return `${start},"samples":[\n${lines}\n],${end}\n`;
}
