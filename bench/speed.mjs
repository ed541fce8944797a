// npm run bench: this package beside its peers, in headless Chromium; the results go to build/bench/results.{md,json}.
//
//   npm run bench                     everything: some ten minutes on a quiet machine
//   npm run bench -- --short          that everything runs and answers right; the times mean nothing
//   npm run bench -- --only gemm      rows whose id contains that; may be given several times
//   npm run bench -- --node           in Node instead of a browser
//   npm run bench -- --no-vnni        a browser without the instructions that make the relaxed int8 dot fast
//   npm run bench -- --docs           writes docs/performance-results.md, too
//   --passes, --rounds, --warm-up, --slice (both in ms)
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import { inRoot } from '../tools/paths.mjs';
import { main, StepError } from '../tools/processes.mjs';
import { describeMachine, packageVersions } from './speed/environment.mjs';
import { folders } from './speed/folders.mjs';
import { judgeGoals } from './speed/goals.mjs';
import { markdownOf } from './speed/markdown.mjs';
import { measure } from './speed/measure.mjs';
import { writeModelFiles } from './speed/models/model-files.mjs';
import { openBrowser } from './speed/places/browser.mjs';
import { bundlePage } from './speed/places/bundle.mjs';
import { openNode } from './speed/places/node.mjs';
import { serve } from './speed/places/server.mjs';
import { addPass, figuresOf } from './speed/results.mjs';
import { rows } from './speed/rows.mjs';

const thorough = { passes: 3, rounds: 25, coldRounds: 5, warmUpMs: 1000, sliceMs: 10 };
const short = { passes: 1, rounds: 1, coldRounds: 1, warmUpMs: 2, sliceMs: 2 };

function options() {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      node: { type: 'boolean' },
      'no-vnni': { type: 'boolean' },
      docs: { type: 'boolean' },
      passes: { type: 'string' },
      rounds: { type: 'string' },
      'warm-up': { type: 'string' },
      slice: { type: 'string' },
    },
  });
  const method = values.short ? short : thorough;
  const number = (name, otherwise) => (values[name] === undefined ? otherwise : Number(values[name]));
  return {
    ...values,
    vnni: !values['no-vnni'],
    method: {
      passes: number('passes', method.passes),
      rounds: number('rounds', method.rounds),
      coldRounds: method.coldRounds,
      warmUpMs: number('warm-up', method.warmUpMs),
      sliceMs: number('slice', method.sliceMs),
      browser: !values.node,
    },
  };
}

function chosenRows({ only, short: isShort }) {
  const chosen = rows
    .filter(({ id }) => only?.some((part) => id.includes(part)) ?? true)
    .filter(({ inShort }) => inShort || !isShort);
  if (chosen.length > 0) return chosen;
  throw new StepError(
    `No row is named ${only.join(' or ')}.`,
    `Rows: ${rows.map(({ id }) => id).join(', ')}.`,
  );
}

async function runPass(chosen, server, { node, vnni, method }, collected) {
  const browser = node ? null : await openBrowser(server, { vnni });
  const places = { ...(browser && { page: browser.open }), node: openNode };
  try {
    for (const row of chosen) {
      console.log(`  ${row.id}`);
      addPass(collected, row, await measure(row, places, server, method));
    }
  } finally {
    await browser?.close();
  }
  return browser?.version;
}

async function write(folder, name, results) {
  const style = await prettier.resolveConfig(inRoot('package.json'));
  const json = await prettier.format(JSON.stringify(results), { ...style, parser: 'json' });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), markdownOf(results));
  writeFileSync(join(folder, `${name}.json`), json);
}

async function measureAll(prepared, chosen) {
  if (!chosen.node) await bundlePage();
  const server = await serve();
  const collected = new Map();
  let version;
  try {
    for (let pass = 1; pass <= chosen.method.passes; pass += 1) {
      console.log(`pass ${pass} of ${chosen.method.passes}`);
      version = await runPass(prepared, server, chosen, collected);
    }
  } finally {
    server.close();
  }
  return { version, collected };
}

await main(async () => {
  const chosen = options();
  const prepared = [];
  for (const row of chosenRows(chosen)) {
    prepared.push(await writeModelFiles(row, join(folders.files, row.id)));
  }
  const { version, collected } = await measureAll(prepared, chosen);
  const results = {
    machine: describeMachine(version, chosen),
    packages: packageVersions(),
    method: chosen.method,
    goals: judgeGoals(collected),
    figures: [...collected.values()].map(figuresOf),
  };
  await write(folders.results, chosen.short ? 'short' : 'results', results);
  if (chosen.docs) writeFileSync(join(folders.docs, 'performance-results.md'), markdownOf(results));
  if (chosen.short) console.log('Everything ran and answered right.');
  else console.log(`\n${markdownOf(results)}`);
});
