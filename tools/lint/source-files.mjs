// The C++ files of the project.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot, root } from '../paths.mjs';

// Paths from the root, of the files under `folders` that match `pattern`.
export function filesUnder(folders, pattern) {
  return folders
    .map((folder) => inRoot(folder))
    .filter(existsSync)
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && pattern.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name))),
    )
    .sort();
}

export const cppFolders = ['src', 'bindings', 'tests', 'tools/native', 'fuzz', 'bench'];
export const cppFiles = () => filesUnder(cppFolders, /\.(h|cc)$/);
