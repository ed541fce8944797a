// npm run soak: soak/soak.mjs with progress and a summary.
//
//   npm run soak -- --inferences 10000000 --seed 1
import { parseArgs } from 'node:util';
import { soak } from './soak/soak.mjs';

function print(summary) {
  for (const [name, value] of Object.entries(summary)) {
    if (typeof value !== 'object') {
      console.log(`${name.padEnd(12)} ${Number(value.toFixed(1)).toLocaleString('en')}`);
      continue;
    }
    console.log(name);
    for (const [inner, figure] of Object.entries(value)) {
      console.log(
        `  ${inner.padEnd(26)} ${figure.toLocaleString('en', { maximumFractionDigits: 6 }).padStart(14)}`,
      );
    }
  }
}

const { values } = parseArgs({ options: { inferences: { type: 'string' }, seed: { type: 'string' } } });
const inferences = Number(values.inferences ?? 10_000_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
console.log(`${inferences.toLocaleString('en')} inferences, seed ${seed}`);
let next = 0;
const onProgress = (done) => {
  if (done < next) return;
  while (next <= done) next += inferences / 20;
  console.log(`${((100 * done) / inferences).toFixed(0).padStart(3)} %  ${done.toLocaleString('en')}`);
};
print(await soak({ inferences, seed, onProgress }));
