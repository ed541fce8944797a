// npm run conformance: runs the official ONNX node vectors natively and as wasm and prints what came of them.
// npm run conformance -- --docs also writes docs/conformance.md.
import { writeFileSync } from 'node:fs';
import { failureTable, foreignTable, operatorTable, reasonTable } from './conformance/page.mjs';
import { countOf } from './conformance/report.mjs';
import { pageFile, pageOf, runVectors } from './conformance/run.mjs';
import { StepError, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--docs');
  if (unknown) throw new StepError(`Unknown argument ${unknown}.`, 'Usage: npm run conformance -- [--docs]');
  const reports = await runVectors(await setUp(['build', 'sanitizers', 'vectors']));
  for (const made of [operatorTable, reasonTable, foreignTable, failureTable])
    console.log(`\n${made(reports)}`);
  if (args.includes('--docs')) writeFileSync(pageFile, pageOf(reports));
  return Object.values(reports).some((results) => countOf(results, 'failed') > 0) ? 1 : 0;
});
