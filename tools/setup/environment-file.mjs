// .toolchain/env.sh gives an interactive shell the variables that the tools give to their child processes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { toolchainFolder } from '../paths.mjs';
import { compilerVariables } from '../processes.mjs';

const quoted = (value) => `'${value.replaceAll("'", `'\\''`)}'`;

export function writeEnvironmentFile({ folders, variables }) {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  lines.push(
    `export PATH=${quoted(folders.join(delimiter))}:"$PATH"`,
    `unset ${compilerVariables.join(' ')}`,
  );
  mkdirSync(toolchainFolder, { recursive: true });
  writeFileSync(join(toolchainFolder, 'env.sh'), `${lines.join('\n')}\n`);
}
