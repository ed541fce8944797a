// One preparation or suite as a process of its own: node run-job.mjs <name>. Tells its parent { passed, failed, skipped }; what
// it throws, and an empty result, count as one failure.
import { StepError } from '../processes.mjs';
import { preparations } from './preparations.mjs';
import { suites } from './suites.mjs';

async function prepared({ run }) {
  await run(process.env);
  return { passed: 1, failed: 0, skipped: 0 };
}

async function tested({ run }) {
  const result = await run(process.env);
  if (result.passed + result.failed + result.skipped > 0) return result;
  console.error('✗ no test was run');
  return { ...result, failed: 1 };
}

async function resultOf(name) {
  try {
    const preparation = preparations.find((each) => each.name === name);
    return preparation
      ? await prepared(preparation)
      : await tested(suites.find((each) => each.name === name));
  } catch (error) {
    console.error(`✗ ${error instanceof StepError ? error.message : error.stack}`);
    if (error.hint) console.error(`  ${error.hint}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

process.send(await resultOf(process.argv[2]), () => process.exit());
