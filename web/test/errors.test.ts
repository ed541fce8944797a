import { ALICE_ERRORS, AliceError, DEFAULT_QUANTIZATION_CONFIG, type QuantizationConfig } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { fromNative, valueOf } from '../dist/errors.js';

describe('AliceError', () => {
  test('has code, stage, message and what else is known', () => {
    const cause = new Error('deeper');
    const error = new AliceError('input_width', 'too wide', { node: 'dense', hint: 'cut it', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'AliceError',
      code: 'input_width',
      stage: 'shape',
      message: 'too wide',
    });
    expect(error).toMatchObject({ node: 'dense', hint: 'cut it', cause });
  });

  test('leaves out what is not known', () => {
    const error = new AliceError('busy', 'later');
    expect([error.node, error.hint, 'cause' in error]).toEqual([undefined, undefined, false]);
  });

  test('takes its stage from the list for every code', () => {
    const codes = Object.keys(ALICE_ERRORS) as (keyof typeof ALICE_ERRORS)[];
    expect(codes.length).toBeGreaterThan(30);
    for (const code of codes) expect(new AliceError(code, '').stage).toBe(ALICE_ERRORS[code].stage);
  });

  test('is made from what C++ reports, and empty fields are nothing', () => {
    const native = { code: 'model_limit', stage: 'model', message: 'big', node: '', hint: 'less' };
    const error = fromNative(native);
    expect(error).toMatchObject({ code: 'model_limit', stage: 'model', message: 'big', hint: 'less' });
    expect(error.node).toBeUndefined();
    expect(() => valueOf({ error: native })).toThrow(AliceError);
    expect(valueOf({ value: 7 })).toBe(7);
  });

  test('is kept by JSON, message and all', () => {
    const error = new AliceError('input_width', 'too wide', { node: 'dense', cause: new Error('deeper') });
    const kept = {
      name: 'AliceError',
      code: 'input_width',
      stage: 'shape',
      message: 'too wide',
      node: 'dense',
    };
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({ error: kept });
  });

  test('calls a code that it does not know internal, and names it', () => {
    const error = fromNative({ code: 'toString', stage: 'x', message: 'odd', node: '', hint: '' });
    expect(error.code).toBe('internal');
    expect(error.message).toContain('toString');
  });
});

describe('the configuration', () => {
  test('has frozen defaults', () => {
    expect(Object.isFrozen(DEFAULT_QUANTIZATION_CONFIG)).toBe(true);
    expect(DEFAULT_QUANTIZATION_CONFIG).toMatchObject({ strategy: 'dynamic', similarityThreshold: 0.98 });
  });

  test('is checked by the compiler', () => {
    const good: Partial<QuantizationConfig> = { backend: 'wasm', maxMemoryMB: 8 };
    // @ts-expect-error -- not among the allowed words
    const wrongWord: Partial<QuantizationConfig> = { backend: 'gpu' };
    // @ts-expect-error -- a number is wanted
    const wrongType: Partial<QuantizationConfig> = { maxMemoryMB: '8' };
    expect([good, wrongWord, wrongType]).toHaveLength(3);
  });
});
