import { ALICE_ERRORS, type AliceErrorCode, type AliceErrorStage } from './generated/lists.js';
import type { NativeError, Outcome } from './native.js';

/** What an {@link AliceError} can say beyond its message. */
export interface AliceErrorDetails {
  /** The name of the ONNX node at which it happened. */
  node?: string;
  /** What the caller can do about it. */
  hint?: string;
  /** The error that led to this one. */
  cause?: unknown;
}

/** Every failure of this package. The codes and their meanings are in {@link ALICE_ERRORS}. */
export class AliceError extends Error {
  override readonly name = 'AliceError';
  /** What went wrong. */
  readonly code: AliceErrorCode;
  /** The part of the work in which it went wrong. */
  readonly stage: AliceErrorStage;
  /** The name of the ONNX node at which it happened, where there is one. */
  readonly node?: string;
  /** What the caller can do about it, where there is something. */
  readonly hint?: string;

  constructor(code: AliceErrorCode, message: string, details: AliceErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.stage = ALICE_ERRORS[code].stage;
    if (details.node) this.node = details.node;
    if (details.hint) this.hint = details.hint;
  }

  /** What `JSON.stringify` keeps of it. */
  toJSON(): Pick<AliceError, 'name' | 'code' | 'stage' | 'message' | 'node' | 'hint'> {
    const { name, code, stage, message, node, hint } = this;
    return { name, code, stage, message, ...(node && { node }), ...(hint && { hint }) };
  }
}

function isErrorCode(code: string): code is AliceErrorCode {
  return Object.hasOwn(ALICE_ERRORS, code);
}

/** The error that C++ reported. */
export function fromNative(error: NativeError): AliceError {
  const { code, message, node, hint } = error;
  if (isErrorCode(code)) return new AliceError(code, message, { node, hint });
  return new AliceError('internal', `the unknown error ${code} was reported: ${message}`, { node, hint });
}

/** The value of a native call; throws its error as an {@link AliceError}. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.error) throw fromNative(outcome.error);
  return outcome.value;
}
