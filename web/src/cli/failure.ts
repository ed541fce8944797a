import { CommanderError } from 'commander';
import { AliceError, type AliceErrorCode, type AliceErrorStage } from '../index.js';

/** What only the command line can meet, beyond the codes of the package. */
export type CliErrorCode =
  'usage' | 'file_not_found' | 'file_unreadable' | 'file_unwritable' | 'data_malformed' | 'quant_timeout';
export type CliErrorStage = 'usage' | 'io';

/** Why a command did not do what it was asked for. An AliceError is one, too. */
export interface Failure {
  code: AliceErrorCode | CliErrorCode;
  stage: AliceErrorStage | CliErrorStage;
  message: string;
  node?: string;
  hint?: string;
}

/** A failure as an exception. */
export class CliError extends Error implements Failure {
  constructor(
    readonly code: AliceErrorCode | CliErrorCode,
    readonly stage: AliceErrorStage | CliErrorStage,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

export const usageFailure = (message: string, hint?: string) => new CliError('usage', 'usage', message, hint);
export const dataFailure = (message: string, hint?: string) =>
  new CliError('data_malformed', 'calibration', message, hint);

/** Exit codes and what they mean, as `--help` shows them. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'the quality asked for is not reached, or INT8 fell back to FP32',
  2: 'the command line is wrong, or an option has a value that is not allowed',
  3: 'the model cannot be used',
  4: 'the calibration data cannot be used',
  5: 'a file cannot be read or written',
  6: 'there is not enough memory, or less than was allowed',
  7: 'WebAssembly is not available, or the program has a fault',
};

const EXIT_CODE_OF_STAGE: Readonly<Record<Failure['stage'], number>> = {
  quality: 1,
  usage: 2,
  config: 2,
  model: 3,
  shape: 3,
  calibration: 4,
  io: 5,
  budget: 6,
  backend: 7,
  internal: 7,
};

export const exitCodeOf = ({ stage }: Failure): number => EXIT_CODE_OF_STAGE[stage];

/** What was thrown, as a failure. */
export function asFailure(error: unknown): Failure {
  if (error instanceof AliceError || error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
    const hint =
      suggestion?.replace(/^\((.*)\)$/, '$1') ?? '`alice-quant <command> --help` shows what there is.';
    return usageFailure(message, hint);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal', stage: 'internal', message: text, hint: 'Please report this.' };
}

/** A failure as `--json` gives it. */
export function failureFields({ code, stage, message, node, hint }: Failure): Failure {
  return { code, stage, message, ...(node && { node }), ...(hint && { hint }) };
}

/** A failure as it is printed. */
export function failureText({ code, stage, message, node, hint }: Failure): string {
  const lines = [`alice-quant: ${message}`, `  code: ${code}`, `  stage: ${stage}`];
  if (node) lines.push(`  node: ${node}`);
  if (hint) lines.push(`  hint: ${hint}`);
  return `${lines.join('\n')}\n`;
}
