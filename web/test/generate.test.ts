import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generate } from '../../tools/generate.mjs';
import { readRows } from '../../tools/generate/x-macros.mjs';

const read = (text: string, schema: Record<string, string[]>) => readRows(text, 'list.inc', schema);
const errorSchema = { ALICE_ERROR: ['code', 'stage', '"text"'] };

describe('rows', () => {
  test('are read with commas, brackets and quotes in their strings', () => {
    const text =
      '// a comment, with ALICE_ERROR(a, b)\n\nALICE_ERROR(one, model, "a, (b) and \\"c\\"")  // the first\n';
    expect(read(text, errorSchema)).toEqual([
      { macro: 'ALICE_ERROR', code: 'one', stage: 'model', text: 'a, (b) and "c"' },
    ]);
  });

  test('may go over several lines and join strings', () => {
    const text = 'ALICE_ERROR(one,\n            model,\n            "first "\n            "second")';
    expect(read(text, errorSchema)[0]).toMatchObject({ text: 'first second' });
  });

  test('take any number of further words', () => {
    const schema = { ALICE_CHOICE: ['name', 'default', '"text"', 'allowed...'] };
    expect(read('ALICE_CHOICE(a, per-channel, "t", x, per-channel, 1e-6)', schema)).toEqual([
      {
        macro: 'ALICE_CHOICE',
        name: 'a',
        default: 'per-channel',
        text: 't',
        allowed: ['x', 'per-channel', '1e-6'],
      },
    ]);
  });

  test.each([
    ['an unknown macro', '\nALICE_OTHER(a, b, "c")', /list\.inc:2: unknown macro ALICE_OTHER/],
    ['an argument too few', 'ALICE_ERROR(a, "c")', /list\.inc:1: 2 arguments/],
    ['an argument too many', 'ALICE_ERROR(a, b, "c", d)', /4 arguments/],
    ['a bare word for a string', 'ALICE_ERROR(a, b, c)', /argument 3.*not a string: c/],
    ['a string for a bare word', 'ALICE_ERROR("a", b, "c")', /argument 1.*is a string: a/],
    ['an open string', '// x\n\nALICE_ERROR(a, b, "c)\n', /list\.inc:3: cannot read "\\"c\)"/],
    ['an open row', 'ALICE_ERROR(a, b, "c"\n', /, or \) expected, the end of the file found/],
    ['a missing comma', 'ALICE_ERROR(a b, "c")', /, or \) expected, word "b" found/],
    ['an empty argument', 'ALICE_ERROR(a, , "c")', /word or string expected, "," found/],
    ['an unknown escape', 'ALICE_ERROR(a, b, "c\\n")', /cannot read/],
    ['text between rows', 'ALICE_ERROR(a, b, "c");', /\( expected, the end of the file found/],
    ['a preprocessor line', '#define X\n', /\( expected, word "X" found/],
  ])('with %s are refused by file and line', (_, text, message) => {
    expect(() => read(text, errorSchema)).toThrow(message);
  });
});

describe('what is generated', () => {
  const files: Record<string, string> = generate();

  test.each(['docs/errors.md', 'docs/options.md', 'docs/operators.md'])('%s is committed fresh', (path) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(files[path]);
  });

  test('follows the lists', () => {
    const sources: Record<string, string> = {
      'src/base/error_codes.inc':
        'ALICE_ERROR(one, model, "It\'s | broken.")\nALICE_ERROR(two, config, "No.")',
      'src/engine/options.inc':
        'ALICE_CHOICE(kind, b, "the kind", a, b)\nALICE_NUMBER(size, 5, 0, Infinity, "the size")\nALICE_FLAG(on, true, "whether")',
      'src/behavior/behavior_classes.inc': 'ALICE_BEHAVIOR_CLASS(calm)',
      'src/behavior/features.inc': 'ALICE_BEHAVIOR_FEATURE(speed, 2000.0, "speed, px/s")',
      'src/ir/op_kind.inc':
        'ALICE_OP(Gemm, "", 2, 3, 7, GemmAttributes, "A * B")\nALICE_OP(Attention, "com.x", 1, 1, 1, NoAttributes, "other")',
      'web/sizes.json': '[{ "module": "one", "files": ["a.mjs"], "ceilingKB": 7, "promisedKB": 5 }]',
    };
    const generated: Record<string, string> = generate((path: string) => sources[path] ?? '');
    const lists = generated['web/src/generated/lists.ts'];
    expect(lists).toContain("export type AliceErrorStage =\n  | 'model'\n  | 'config';");
    expect(lists).toContain(`one: { stage: 'model', text: "It's | broken." },`);
    expect(lists).toContain("kind: 'a' | 'b';");
    expect(lists).toContain('   * At least 0.\n   * @defaultValue 5\n   */\n  size: number;');
    expect(lists).toContain("  kind: 'b',\n  size: 5,\n  on: true,");
    expect(lists).toContain("BEHAVIOR_CLASSES = [\n  'calm',\n] as const");
    const cliLists = generated['web/src/generated/cli-lists.ts'];
    expect(cliLists).toContain("{ name: 'kind', text: 'the kind', kind: 'choice', allowed: ['a', 'b'] },");
    expect(cliLists).toContain("{ name: 'size', text: 'the size', kind: 'number', low: 0, high: Infinity },");
    expect(cliLists).toContain("{ name: 'on', text: 'whether', kind: 'flag' },");
    expect(cliLists).toContain('FEATURE_DIVISORS: readonly number[] = [2000.0];');
    expect(generated['docs/sizes.md']).toContain('| one    | `a.mjs` | 7 KB    | 5 KB |');
    expect(generated['docs/errors.md']).toContain("| `one` | It's \\| broken. |");
    expect(generated['docs/options.md']).toContain('| `size` | `5`     | 0 or more       | the size |');
    expect(generated['docs/operators.md']).toContain('| com.x.Attention | 1          | 1      | other   |');
    expect(generated['docs/operators.md']).toContain('| Gemm            | 7          | 2 to 3 | A \\* B  |');
  });
});
