import { readFile, realpath, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError, usageFailure } from './failure.js';

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown';

/** The bytes of a file. Throws `file_not_found`, `file_unreadable`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new CliError('file_not_found', 'io', `There is no file ${path}.`);
    throw new CliError('file_unreadable', 'io', `${path} cannot be read (${codeOf(error)}).`);
  }
}

/** Writes a file. Throws `file_unwritable`. */
export async function writeTo(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new CliError(
      'file_unwritable',
      'io',
      `${path} cannot be written (${codeOf(error)}).`,
      'Check that the folder exists and that you may write there.',
    );
  }
}

const placeOf = (path: string) => realpath(path).catch(() => resolve(path));

/** Refuses to write over what is read, and to write two things to one place. */
export async function refuseOverwriting(
  read: readonly (string | undefined)[],
  written: readonly (string | undefined)[],
): Promise<void> {
  const taken = new Set<string>();
  for (const path of read) if (path !== undefined) taken.add(await placeOf(path));
  for (const path of written) {
    if (path === undefined) continue;
    const place = await placeOf(path);
    if (taken.has(place)) {
      throw usageFailure(
        `${path} would be written over another file of this call.`,
        'Choose another output.',
      );
    }
    taken.add(place);
  }
}
