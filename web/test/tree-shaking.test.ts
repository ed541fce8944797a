// What a bundler leaves of the package.
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** The code of a page that takes `names` from the package. */
async function bundleOf(...names: string[]): Promise<string> {
  const page = '\0page';
  const result = (await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === 'page' ? page : null),
        load: (id) =>
          id === page
            ? `import { ${names.join()} } from ${JSON.stringify(entry)}; globalThis.used = [${names.join()}];`
            : null,
      },
    ],
    build: { write: false, minify: false, target: 'es2022', rolldownOptions: { input: 'page' } },
  })) as Rolldown.RolldownOutput;
  return result.output.map((file) => (file.type === 'chunk' ? file.code : '')).join('\n');
}

const isIn = (code: string) => ({
  engine: code.includes('Await initialize()'),
  prometheus: code.includes('# HELP'),
  openTelemetry: code.includes('startTimeUnixNano'),
  metricList: code.includes('monitored_inferences'),
  reportText: code.includes('top-1 agreement'),
});
const nothing = {
  engine: false,
  prometheus: false,
  openTelemetry: false,
  metricList: false,
  reportText: false,
};

test.each([
  [['createEngine'], { ...nothing, engine: true }],
  [['toPrometheus'], { ...nothing, prometheus: true, metricList: true }],
  [['toOpenTelemetry'], { ...nothing, openTelemetry: true, metricList: true }],
  [['formatReport'], { ...nothing, reportText: true }],
  [['AliceError'], nothing],
])('of %j only what it needs stays', async (names, expected) => {
  expect(isIn(await bundleOf(...names))).toEqual(expected);
});
