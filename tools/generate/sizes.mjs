// docs/sizes.md: what the modules of the package may weigh.
import { banner, table } from './markdown.mjs';

export function sizesPage(text, source) {
  const rows = JSON.parse(text).map(({ module, files, ceilingKB, promisedKB }) => [
    module,
    files.map((file) => `\`${file}\``).join(', '),
    `${ceilingKB} KB`,
    promisedKB === undefined ? '–' : `${promisedKB} KB`,
  ]);
  return `${banner(source)}

# Sizes

A page fetches one module; its rest when it calls what loading and running everyday models can do without, as \`quantize()\` does
([ADR 20](adr/0020-a-module-in-two-files.md)). The suite \`sizes\` of \`npm test\` compresses files by gzip, and fails where
they are above the ceiling (KB of 1000 bytes). A ceiling only ever follows what is worth its weight; the goal is what is aimed at.

${table(['Module', 'Files', 'Ceiling', 'Goal'], rows)}
`;
}
