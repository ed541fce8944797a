// Every linter as { name, isLong?, run(environment) }; run throws a StepError with what it found.
import { inRoot } from '../paths.mjs';
import { run } from '../processes.mjs';
import { compiler } from '../build/web.mjs';
import { clangTidy } from './clang-tidy.mjs';
import { cppFiles } from './source-files.mjs';

const node = process.execPath;
export const clangFormat = 'clang-format-19';
export const eslint = inRoot('node_modules/eslint/bin/eslint.js');
export const prettier = inRoot('node_modules/prettier/bin/prettier.cjs');
const formatHint = 'Run `npm run format`.';

export const checks = [
  {
    name: 'clang-format',
    run: (env) => run(clangFormat, ['--dry-run', '-Werror', ...cppFiles()], { env, hint: formatHint }),
  },
  { name: 'clang-tidy', isLong: true, run: clangTidy },
  { name: 'eslint', run: (env) => run(node, [eslint, '.', '--max-warnings', '0'], { env }) },
  {
    name: 'prettier',
    run: (env) => run(node, [prettier, '--check', '--log-level', 'warn', '.'], { env, hint: formatHint }),
  },
  {
    name: 'tsc',
    async run(env) {
      for (const project of ['web/tsconfig.json', 'demo/tsconfig.json', 'tsconfig.json']) {
        await run(node, [compiler, '--noEmit', '--project', inRoot(project)], { env });
      }
    },
  },
];
