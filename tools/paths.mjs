// The folders that the tools agree on.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
// Where working copies share a toolchain through a link, it is known by one name.
const toolchainName = join(root, '.toolchain');
export const toolchainFolder = existsSync(toolchainName) ? realpathSync(toolchainName) : toolchainName;
export const buildFolder = join(root, 'build');

export const inRoot = (...parts) => join(root, ...parts);
