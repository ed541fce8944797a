// The folders that the tools agree on.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
export const toolchainFolder = join(root, '.toolchain');
export const buildFolder = join(root, 'build');

export const inRoot = (...parts) => join(root, ...parts);
