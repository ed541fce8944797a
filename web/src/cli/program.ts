import { readFileSync } from 'node:fs';
import { Command as Program, Option } from 'commander';
import type { Command, Outcome } from './command.js';
import { COMMANDS } from './commands.js';
import { engineFlags, engineOptionsOf } from './engine-flags.js';
import { EXIT_CODES } from './failure.js';
import { ProgressBar, type ProgressOutput } from './progress-bar.js';

interface Streams {
  stdout: Pick<NodeJS.WritableStream, 'write'>;
  stderr: ProgressOutput;
}

const section = (title: string, lines: readonly string[]) =>
  `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`;

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function addCommand(
  program: Program,
  command: Command,
  stderr: ProgressOutput,
  finish: (outcome: Outcome) => void,
): void {
  const parser = program.command(command.name).summary(command.summary);
  parser.description([`${command.summary}.`, command.details].filter(Boolean).join('\n\n'));
  for (const [name, text] of command.files) parser.argument(`<${name}>`, text);
  for (const { flags, text, isRequired, default: byDefault } of command.flags) {
    parser.addOption(new Option(flags, text).default(byDefault).makeOptionMandatory(isRequired ?? false));
  }
  parser.option('--json', 'print one JSON document instead of text');
  const flags = engineFlags(command.engineOptions);
  for (const { option } of flags) parser.addOption(option);
  parser.addHelpText('after', section('Examples', command.examples));
  parser.action(async () => {
    const given = parser.opts();
    finish(
      await command.run({
        files: parser.args,
        flags: given,
        engineOptions: engineOptionsOf(flags, given),
        progress: (label) => new ProgressBar(stderr, label),
      }),
    );
  });
}

/** The parser of the whole command line. `finish` is told what the command gives. */
export function buildProgram({ stdout, stderr }: Streams, finish: (outcome: Outcome) => void): Program {
  const program = new Program('alice-quant')
    .description('Quantizes ONNX models to INT8, as the package alice-quant does in the browser.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'explain the program, or a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
    });
  for (const command of COMMANDS) addCommand(program, command, stderr, finish);
  const exitCodes = Object.entries(EXIT_CODES).map(([code, text]) => `${code}  ${text}`);
  program.addHelpText('after', section('Exit codes', exitCodes));
  program.addHelpText(
    'after',
    section(
      'Examples',
      COMMANDS.flatMap(({ examples }) => examples.slice(0, 1)),
    ),
  );
  return program;
}
