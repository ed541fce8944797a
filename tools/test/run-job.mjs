// One preparation or suite as a process of its own: node run-job.mjs <name>. Tells its parent { passed, failures,
// skipped }; what it throws, and an empty result, are one failure.
import { StepError } from '../processes.mjs';
import { preparations } from './preparations.mjs';
import { suites } from './suites.mjs';

async function prepared({ run }) {
  await run(process.env);
  return { passed: 1, failures: [], skipped: 0 };
}

async function tested({ run }) {
  const result = await run(process.env);
  const ran = result.passed + result.failures.length + result.skipped;
  return ran > 0 ? result : { ...result, failures: ['no test was run'] };
}

async function resultOf(name) {
  try {
    const preparation = preparations.find((each) => each.name === name);
    return preparation
      ? await prepared(preparation)
      : await tested(suites.find((each) => each.name === name));
  } catch (error) {
    const told = error instanceof StepError ? [error.message, error.hint] : [error.stack];
    return { passed: 0, failures: [told.filter(Boolean).join('\n')], skipped: 0 };
  }
}

const result = await resultOf(process.argv[2]);
result.failures.forEach((failure) => console.error(`✗ ${failure}`));
process.send(result, () => process.exit());
