#!/usr/bin/env node
/// <reference types="node" />
import { runCommandLine } from './run.js';
import { CliError, exitCodeOf, failureText } from './failure.js';

// A reader that has seen enough, as `| head` has, closes the pipe: no failure of this program.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  const failure = new CliError('file_unwritable', 'io', `Standard output cannot be written (${code}).`);
  process.stderr.write(failureText(failure));
  process.exit(exitCodeOf(failure));
});
// Where there is nobody to tell, there is nothing to tell.
process.stderr.on('error', () => {});
process.exitCode = await runCommandLine(process.argv.slice(2), process.stdout, process.stderr);
