// docs/sizes.md: what the modules of the package may weigh.
import { banner, table } from './markdown.mjs';

export function sizesPage(text, source) {
  const rows = JSON.parse(text).map(({ module, files, ceilingKB, promisedKB }) => [
    module,
    files.map((file) => `\`${file}\``).join(', '),
    `${ceilingKB} KB`,
    `${promisedKB} KB`,
  ]);
  return `${banner(source)}

# Sizes

A page fetches one module. The suite \`sizes\` of \`npm test\` compresses its files by gzip, and fails where they are above the ceiling
(KB of 1000 bytes). A ceiling only ever follows what is worth its weight; the goal is what is aimed at.

${table(['Module', 'Files', 'Ceiling', 'Goal'], rows)}
`;
}
