import { FEATURE_NAMES, loadRuntime } from '../index.js';
import type { Call, Command, Outcome } from './command.js';
import { checkCalibration, type Problem } from './calibration-check.js';
import { datasetText, makeDataset, type Split } from './calibration-set.js';
import { asRows, readData } from './data-file.js';
import { failureFields, usageFailure, type Failure } from './failure.js';
import { writeTo } from './files.js';

type FlagName = 'output' | 'count' | 'seed' | 'split' | 'generatedAt' | 'check' | 'width';

const SPLITS: readonly Split[] = ['train', 'test', 'any'];
// Seeds of trajectories are seed · 2^32 + index, and whole numbers below 2^53.
const HIGHEST_SEED = 2 ** 21 - 1;

function wholeNumber(flag: string, text: string | undefined, low: number, high: number): number {
  const value = /^\d+$/.test(text ?? '') ? Number(text) : NaN;
  if (value >= low && value <= high) return value;
  throw usageFailure(`${flag} is ${JSON.stringify(text)}, allowed is a whole number from ${low} to ${high}`);
}

function splitOf(text: string | undefined): Split {
  const split = SPLITS.find((word) => word === text);
  if (split) return split;
  throw usageFailure(`--split is ${JSON.stringify(text)}, allowed are ${SPLITS.join(', ')}`);
}

function timeOf(text: string | undefined): string {
  const time = text === undefined ? new Date() : new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw usageFailure(
    `--generated-at is ${JSON.stringify(text)}, which is no time`,
    'Write it as 2025-11-20T00:00:00Z.',
  );
}

async function make({ flags, progress }: Call<FlagName>): Promise<Outcome> {
  const request = {
    count: wholeNumber('--count', flags.count, 1, 1_000_000),
    seed: wholeNumber('--seed', flags.seed, 0, HIGHEST_SEED),
    split: splitOf(flags.split),
    generatedAt: timeOf(flags.generatedAt),
  };
  await loadRuntime();
  const bar = progress('generating trajectories');
  const dataset = makeDataset(request, (done, total) => bar.update(done, total));
  bar.clear();
  const text = datasetText(dataset);
  if (flags.output === undefined) return { data: dataset, text };
  await writeTo(flags.output, text);
  const { statistics, signature } = dataset;
  return {
    data: { output: flags.output, ...request, statistics, signature },
    text: `wrote ${request.count} samples, quality score ${statistics.qualityScore.toFixed(3)}, to ${flags.output}\n`,
  };
}

const problemText = ({ code, message, others }: Problem) =>
  `${code}: ${message}${others > 0 ? `, and ${others} more of the kind` : ''}`;

function failureOf(file: string, [first, ...others]: readonly Problem[]): Failure | undefined {
  if (!first) return undefined;
  const more = others.length > 0 ? ` There are ${others.length} problems more.` : '';
  return { code: first.code, stage: 'calibration', message: `${file}: ${first.message}.${more}` };
}

async function check(file: string, flags: Call<FlagName>['flags']): Promise<Outcome> {
  const width = wholeNumber('--width', flags.width ?? String(FEATURE_NAMES.length), 1, 2 ** 31 - 1);
  const { samples, problems } = checkCalibration(asRows(await readData(file), width), width);
  const failure = failureOf(file, problems);
  return {
    data: {
      file,
      valid: problems.length === 0,
      samples,
      problems,
      error: failure && failureFields(failure),
    },
    text: failure
      ? problems.map((problem) => `${problemText(problem)}\n`).join('')
      : `${file} can be used: ${samples} samples\n`,
    ...(failure && { failure }),
  };
}

export const calibrate: Command<FlagName> = {
  name: 'calibrate',
  summary: 'make a calibration set for the behaviour classifier, or check one',
  details: `Makes a set of generated trajectories in the standard form, balanced over the classes; the same arguments give the same set everywhere. With --check it writes nothing, and says what is wrong with a set.`,
  files: [],
  flags: [
    { flags: '-o, --output <file>', text: 'where to write the set (default: standard output)' },
    { flags: '-n, --count <samples>', text: 'how many samples', default: '1000' },
    {
      flags: '-s, --seed <number>',
      text: `from 0 to ${HIGHEST_SEED}; sets of unlike seeds share no trajectory`,
      default: '3',
    },
    {
      flags: '--split <word>',
      text: 'which parameter ranges: train, test (disjoint from train), any',
      default: 'train',
    },
    { flags: '--generated-at <time>', text: 'the time that the set names (default: now)' },
    { flags: '--check <file>', text: 'check this set instead: .json, .npy or .bin' },
    {
      flags: '--width <values>',
      text: `with --check: what a row must have (default: ${FEATURE_NAMES.length})`,
    },
  ],
  engineOptions: () => false,
  examples: [
    'alice-quant calibrate --count 1000 --seed 3 -o set.json',
    'alice-quant calibrate --count 600 --seed 7 --split test > unseen.json',
    'alice-quant calibrate --check set.json',
  ],
  run: (call) => (call.flags.check === undefined ? make(call) : check(call.flags.check, call.flags)),
};
