import { CommanderError } from 'commander';
import { asFailure, exitCodeOf, failureFields, failureText, usageFailure, type Failure } from './failure.js';
import { buildProgram } from './program.js';
import type { Outcome } from './command.js';

type Output = Pick<NodeJS.WritableStream, 'write'>;
type TerminalOutput = Output & { isTTY?: boolean };

const jsonText = (data: unknown) => `${JSON.stringify(data, null, 2)}\n`;

/**
 * Runs one command line. What was asked for goes to `stdout`, as text or, with `--json`, as one JSON document; why it
 * failed goes to `stderr`.
 *
 * @returns The exit code.
 */
export async function runCommandLine(
  argv: readonly string[],
  stdout: Output,
  stderr: TerminalOutput,
): Promise<number> {
  const isJson = argv.includes('--json');
  const fail = (failure: Failure) => {
    stderr.write(failureText(failure));
    return exitCodeOf(failure);
  };

  let outcome: Outcome | undefined;
  const program = buildProgram({ stdout, stderr }, (result) => (outcome = result));
  if (argv.length === 0) {
    program.outputHelp({ error: true });
    return exitCodeOf(usageFailure('no command'));
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = asFailure(error);
    if (isJson) stdout.write(jsonText({ error: failureFields(failure) }));
    return fail(failure);
  }
  if (!outcome) return 0;
  stdout.write(isJson ? jsonText(outcome.data) : outcome.text);
  return outcome.failure ? fail(outcome.failure) : 0;
}
