import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { DEFAULT_QUANTIZATION_CONFIG } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../dist/cli/commands.js';
import { engineFlags } from '../dist/cli/engine-flags.js';
import { EXIT_CODES } from '../dist/cli/failure.js';
import { ProgressBar } from '../dist/cli/progress-bar.js';
import { OPTION_LIST } from '../dist/generated/cli-lists.js';
import { OPTION_GROUPS } from '../dist/generated/lists.js';
import { classifier } from './fixtures/classifiers.js';
import { inRepository, program, runCli, temporaryFolder } from './fixtures/command-line.js';
import { linearModel } from './fixtures/onnx-builder.js';

const files = temporaryFolder();
const model = inRepository('models/behavior-classifier.onnx');

describe('help', () => {
  test('lists every command, every exit code, and examples', async () => {
    const { code, stdout, stderr } = await runCli('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary, examples } of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`${name} .*${summary.slice(0, 20)}`));
      expect(stdout).toContain(examples[0]);
    }
    for (const [exitCode, text] of Object.entries(EXIT_CODES))
      expect(stdout).toContain(`${exitCode}  ${text}`);
  });

  test.each(COMMANDS.map(({ name }) => name))('of %s shows its flags and examples', async (name) => {
    const { code, stdout } = await runCli(name, '--help');
    expect(code).toBe(0);
    const { examples, flags } = COMMANDS.find((command) => command.name === name)!;
    expect(examples.length).toBeGreaterThan(0);
    for (const text of [...examples, ...flags.map((flag) => flag.flags), '--json'])
      expect(stdout).toContain(text);
  });

  test('of quantize has a flag for every option of the engine', async () => {
    const { stdout } = await runCli('quantize', '--help');
    // A group of options is for engines that run on.
    const names = Object.keys(DEFAULT_QUANTIZATION_CONFIG).filter(
      (name) => !OPTION_GROUPS.some((group) => group === name),
    );
    expect(OPTION_LIST.map(({ name }) => name)).toEqual(names);
    const flags = engineFlags(() => true);
    expect(flags).toHaveLength(OPTION_LIST.length);
    for (const { option } of flags) expect(stdout).toContain(option.flags);
    expect(stdout).toContain('--similarity-threshold <number>');
    expect(stdout).toContain('--max-memory-mb <number>');
    expect(stdout).toContain('--no-enable-auto-fallback');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('default Infinity here, 5 in the package');
  });

  test('is what a call without a command gets, as an error', async () => {
    const { code, stdout, stderr } = await runCli();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Commands:');
  });

  test('in the documentation has the same exit codes', () => {
    const page = readFileSync(inRepository('docs/cli.md'), 'utf8');
    for (const [code, text] of Object.entries(EXIT_CODES)) {
      expect(page).toMatch(new RegExp(`\\| ${code} +\\| ${text} +\\|`));
    }
    for (const { examples } of COMMANDS) expect(page).toContain(examples[0]);
  });

  test('names the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(inRepository('web/package.json'), 'utf8')) as {
      version: string;
    };
    expect(await runCli('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a wrong command line', () => {
  test.each<[string, string[], RegExp[]]>([
    [
      'a flag that is misspelt',
      ['quantize', model, '-o', 'x', '--similarity-treshold', '1'],
      [/unknown option/, /--similarity-threshold/],
    ],
    [
      'a command that is misspelt',
      ['quantise', model],
      [/unknown command 'quantise'/, /hint: Did you mean quantize\?/],
    ],
    ['a missing file name', ['inspect'], [/missing required argument 'model'/]],
    ['a file name too many', ['inspect', model, model], [/too many arguments/]],
    ['a missing output', ['quantize', model], [/-o, --output <file>/]],
    ['a missing flag value', ['quantize', model, '-o'], [/argument missing/]],
    [
      'a number that is none',
      ['quantize', model, '-o', files.place('x'), '--fallback-threshold', 'high'],
      [/fallbackThreshold is "high", allowed is a number from 0 to 1/, /code: config_invalid/],
    ],
    [
      'a number out of range',
      ['quantize', model, '-o', files.place('x'), '--max-memory-mb', '0'],
      [/maxMemoryMB is 0/, /stage: config/],
    ],
    [
      'a word that is not allowed',
      ['quantize', model, '-o', files.place('x'), '--strategy', 'magic'],
      [/strategy is "magic", allowed is .*dynamic/],
    ],
    [
      'a report over the output',
      ['quantize', model, '-o', files.place('x'), '-r', files.place('x')],
      [/written over/],
    ],
    [
      'a report over the data',
      ['quantize', model, '-o', files.place('x'), '-r', model, '-c', model],
      [/written over/],
    ],
    ['an output over the input', ['quantize', model, '-o', model], [/written over/]],
    [
      'data of an unknown kind',
      ['compare', model, model, '-d', model],
      [/no kind that is known/, /\.json, \.npy, \.bin/],
    ],
    [
      'a share that is none',
      ['compare', model, model, '-d', model, '--min-similarity', '2'],
      [/--min-similarity is "2"/],
    ],
    ['a count that is none', ['calibrate', '--count', '1e3'], [/--count is "1e3"/]],
    ['a split that is none', ['calibrate', '--split', 'half'], [/--split is "half".*train, test, any/]],
    ['a time that is none', ['calibrate', '--generated-at', 'yesterday'], [/--generated-at is "yesterday"/]],
  ])('with %s is refused', async (_, args, messages) => {
    const { code, stdout, stderr } = await runCli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const message of messages) expect(stderr).toMatch(message);
  });

  test('is a JSON document, too, where one is wanted', async () => {
    const { code, stdout, stderr } = await runCli('inspect', model, '--nonsense', '--json');
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error).toMatchObject({ code: 'usage', stage: 'usage' });
    expect(stderr).toContain(error.message);
  });
});

describe('a model', () => {
  test('is described as text and as JSON', async () => {
    const text = await runCli('inspect', model);
    expect(text.code).toBe(0);
    for (const part of [
      '3,110',
      'features: f32 [batch, 12]',
      'probabilities: f32 [batch, 6]',
      'rage_shake',
      'FP32',
    ]) {
      expect(text.stdout).toContain(part);
    }
    const { code, stdout } = await runCli('inspect', model, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: model,
      bytes: classifier('behavior-classifier').length,
      precision: 'fp32',
      parameters: 3110,
      quantizedLayers: 0,
      inputs: [{ name: 'features', dims: ['batch', 12] }],
    });
  });

  const unsupported = linearModel(4, 3, ({ nodes }) => (nodes[0]!.operator = 'Telepathy'));
  test.each<[string, () => string, number, RegExp[]]>([
    [
      'is truncated',
      () => files.write('half.onnx', classifier('behavior-classifier').subarray(0, 5000)),
      3,
      [/code: model_truncated/, /stage: model/],
    ],
    ['is no model', () => files.write('text.onnx', 'not a model, but a text'), 3, [/code: model_/]],
    [
      'has an operator that is not supported',
      () => files.write('op.onnx', unsupported),
      3,
      [/code: model_unsupported_operator/, /Telepathy/, /node: dense/],
    ],
    ['does not exist', () => files.place('nowhere.onnx'), 5, [/code: file_not_found/, /stage: io/]],
    ['is a folder', () => files.place('.'), 5, [/code: file_unreadable/, /EISDIR/]],
  ])('that %s is refused by every command', async (_, path, exitCode, messages) => {
    const set = inRepository('calibration-data/standard-1000.json');
    const calls = [
      ['inspect', path()],
      ['quantize', path(), '-o', files.place('x.onnx')],
      ['compare', model, path(), '-d', set],
    ];
    for (const call of calls) {
      const { code, stdout, stderr } = await runCli(...call);
      expect({ call, code, stdout }).toEqual({ call, code: exitCode, stdout: '' });
      for (const message of messages) expect(stderr).toMatch(message);
    }
  });

  test('that needs more memory than is allowed is refused as such', async () => {
    const big = files.write('big.onnx', linearModel(1024, 512));
    const { code, stderr } = await runCli('inspect', big, '--max-memory-mb', '1');
    expect(code).toBe(6);
    expect(stderr).toMatch(/code: budget_exceeded/);
  });
});

test.skipIf(!existsSync('/dev/full'))(
  'standard output that is full is named (Linux, which has /dev/full)',
  async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'inspect', model], { stdio: ['ignore', full, 'pipe'] });
    let stderr = '';
    child.stderr!.on('data', (text) => (stderr += String(text)));
    const code = await new Promise((resolve) => child.on('close', resolve));
    closeSync(full);
    expect(code).toBe(5);
    expect(stderr).toMatch(/Standard output cannot be written \(ENOSPC\)/);
  },
);

test('nobody who imports the package gets the command line, too', () => {
  const seen = new Set<string>();
  const visit = (file: URL) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, from] of readFileSync(file, 'utf8').matchAll(/(?:from|import) ?\(?['"]([^'"]+)['"]/g)) {
      if (from!.startsWith('.')) visit(new URL(from!, file));
      else seen.add(from!);
    }
  };
  visit(new URL('../dist/index.js', import.meta.url));
  const reached = [...seen];
  expect(reached).toContainEqual(expect.stringMatching(/dist\/engine\.js$/));
  expect(reached.filter((name) => /dist\/cli\/|commander|^node:/.test(name))).toEqual([]);
});

test('a reader that goes away is no failure', async () => {
  const child = spawn(process.execPath, [program, 'calibrate', '--count', '600'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += String(text)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

describe('a progress bar', () => {
  function bar(isTTY: boolean) {
    const written: string[] = [];
    let now = 0;
    const drawn = new ProgressBar({ isTTY, write: (text) => written.push(text) }, 'working', () => now);
    return { written, drawn, at: (ms: number) => (now = ms) };
  }

  test('appears where work is long, now and then, and goes away', () => {
    const { written, drawn, at } = bar(true);
    at(299);
    drawn.update(1, 4);
    expect(written).toEqual([]);
    at(301);
    drawn.update(2, 4);
    at(310);
    drawn.update(3, 4);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^\rworking █{15}░{15} 50 % \(2\/4\)/);
    drawn.clear();
    drawn.clear();
    expect(written.slice(1)).toEqual(['\r\x1b[K']);
  });

  test('stays away from what is no terminal', () => {
    const { written, drawn, at } = bar(false);
    at(10_000);
    drawn.update(1, 2);
    drawn.clear();
    expect(written).toEqual([]);
    expect(drawn.isVisible).toBe(false);
  });
});
