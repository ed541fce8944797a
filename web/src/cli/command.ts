import type { EngineOptions, QuantizationConfig } from '../index.js';
import type { Failure } from './failure.js';
import type { ProgressBar } from './progress-bar.js';

/** A flag of a command's own, as commander spells it. */
export interface Flag {
  flags: string;
  text: string;
  isRequired?: boolean;
  default?: string;
}

/** What a command is called with. */
export interface Call<FlagName extends string> {
  /** As many as the command names. */
  files: readonly string[];
  /** The values of the command's own flags, under their long names in camel case. */
  flags: Readonly<Partial<Record<FlagName, string>>>;
  engineOptions: EngineOptions;
  /** For long work. */
  progress: (label: string) => ProgressBar;
}

/** What a command gives; where it has a `failure`, what it was asked for was still measured. */
export interface Outcome {
  data: unknown;
  text: string;
  failure?: Failure;
}

/** One command: its row in `--help`, its flags, and what it does. */
export interface Command<FlagName extends string = string> {
  name: string;
  summary: string;
  details?: string;
  /** The names and meanings of the files that it is given, in their order. */
  files: readonly (readonly [name: string, text: string])[];
  flags: readonly Flag[];
  /** Which options of the engine it takes. */
  engineOptions: (name: keyof QuantizationConfig) => boolean;
  examples: readonly string[];
  run(call: Call<FlagName>): Promise<Outcome>;
}

/** Of the engine's options, those that matter where a model only runs. */
export const runsModels = (name: keyof QuantizationConfig) => name === 'maxMemoryMB' || name === 'backend';
