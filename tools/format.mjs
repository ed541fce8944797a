// npm run format: clang-format, eslint's own repairs and prettier over everything.
import { clangFormat, eslint, prettier } from './lint/checks.mjs';
import { cppFiles } from './lint/source-files.mjs';
import { main, run } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const env = await setUp(['build', 'lint']);
  await run(clangFormat, ['-i', ...cppFiles()], { env });
  await run(process.execPath, [eslint, '.', '--fix'], { env });
  await run(process.execPath, [prettier, '--write', '--log-level', 'warn', '.'], { env });
});
