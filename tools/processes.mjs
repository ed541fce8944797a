// Running other programs: their output goes to the terminal or to the caller, and a failure becomes a StepError that
// says what failed and what to do about it.
import { spawn, spawnSync } from 'node:child_process';
import { root } from './paths.mjs';

export class StepError extends Error {
  constructor(message, hint) {
    super(message);
    this.name = 'StepError';
    this.hint = hint;
  }
}

const SHOWN_COMMAND = 160;

// The command as a person would type it; of a long one, its beginning.
function describe(command, args) {
  const text = [command, ...args].join(' ');
  return text.length > SHOWN_COMMAND ? `${text.slice(0, SHOWN_COMMAND)} …` : text;
}

// Variables by which a machine bends every compiler call; a build must not depend on them.
export const compilerVariables = [
  'LIBRARY_PATH',
  'CPATH',
  'C_INCLUDE_PATH',
  'CPLUS_INCLUDE_PATH',
  'COMPILER_PATH',
  'CFLAGS',
  'CXXFLAGS',
  'CPPFLAGS',
  'LDFLAGS',
];

export function cleanEnvironment(extra = {}) {
  const environment = { ...process.env, ...extra };
  for (const name of compilerVariables) delete environment[name];
  return environment;
}

// The program's trimmed standard output, or null when it is missing or fails.
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    ...options,
  });
  return result.status === 0 ? result.stdout.trim() : null;
}

// Runs a program to its end. `onLine` takes its output line by line in place of the terminal.
// Resolves with the exit code (128 + signal when it was killed); never rejects for a non-zero one.
export function exitCodeOf(command, args, { cwd = root, env = process.env, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: onLine ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    if (onLine) {
      for (const stream of [child.stdout, child.stderr]) {
        let rest = '';
        stream.setEncoding('utf8');
        stream.on('data', (text) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop();
          lines.forEach(onLine);
        });
        stream.on('end', () => rest && onLine(rest));
      }
    }
    child.on('error', (error) =>
      reject(new StepError(`${command} could not be started: ${error.message}`, `Is ${command} installed?`)),
    );
    child.on('close', (code, signal) => resolve(signal ? 128 + (signal === 'SIGKILL' ? 9 : 1) : code));
  });
}

export async function run(command, args, { hint, ...options } = {}) {
  const code = await exitCodeOf(command, args, options);
  if (code !== 0) throw new StepError(`\`${describe(command, args)}\` ended with exit code ${code}`, hint);
}

// Runs a program quietly and shows its output only when it fails.
export async function runQuietly(command, args, { hint, ...options } = {}) {
  const lines = [];
  const code = await exitCodeOf(command, args, { ...options, onLine: (line) => lines.push(line) });
  if (code !== 0) {
    throw new StepError(
      `\`${describe(command, args)}\` ended with exit code ${code}:\n${lines.slice(-40).join('\n')}`,
      hint,
    );
  }
}

// The shell of every entry script: a StepError is shown as message and advice, anything else with its stack.
export async function main(body) {
  try {
    const code = await body();
    process.exitCode = code ?? 0;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`\n✗ ${error.message}`);
    if (error.hint) console.error(`  ${error.hint}`);
    process.exitCode = 1;
  }
}
