// Writes what follows from the lists in src/: the TypeScript lists (not committed) and the tables in docs/ (committed).
// node tools/generate.mjs               writes what has changed
// node tools/generate.mjs --typescript  writes only what is not committed, as a build does
// node tools/generate.mjs --check       writes nothing, and fails when a committed table is not fresh
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorsPage, operatorsPage, optionsPage } from './generate/markdown.mjs';
import { recoveryPage } from './generate/recovery.mjs';
import { sizesPage } from './generate/sizes.mjs';
import { typescriptCliLists, typescriptLists } from './generate/typescript.mjs';
import { readRows } from './generate/x-macros.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

export const lists = {
  errors: { source: 'src/base/error_codes.inc', schema: { ALICE_ERROR: ['code', 'stage', '"text"'] } },
  options: {
    source: 'src/engine/options.inc',
    schema: {
      ALICE_CHOICE: ['name', 'default', '"text"', 'allowed...'],
      ALICE_NUMBER: ['name', 'default', 'low', 'high', '"text"'],
      ALICE_COUNT: ['name', 'default', 'low', 'high', '"text"'],
      ALICE_NUMBER_OR: ['name', 'default', 'low', 'high', 'word', '"text"'],
      ALICE_NUMBER_IN: ['group', 'name', 'default', 'low', 'high', '"text"'],
      ALICE_FLAG: ['name', 'default', '"text"'],
      ALICE_TEXT: ['name', '"text"'],
    },
  },
  reasons: {
    source: 'src/monitor/fallback_reason.inc',
    schema: { ALICE_FALLBACK_REASON: ['name', '"text"'] },
  },
  states: {
    source: 'src/monitor/recovery_states.inc',
    schema: { ALICE_RECOVERY_STATE: ['name', 'group', 'precision', 'health', '"text"'] },
  },
  events: {
    source: 'src/monitor/recovery_events.inc',
    schema: { ALICE_RECOVERY_EVENT: ['name', 'reason', '"text"'] },
  },
  transitions: {
    source: 'src/monitor/recovery_transitions.inc',
    schema: { ALICE_TRANSITION: ['from', 'event', 'to', 'action'] },
  },
  classes: { source: 'src/behavior/behavior_classes.inc', schema: { ALICE_BEHAVIOR_CLASS: ['name'] } },
  features: {
    source: 'src/behavior/features.inc',
    schema: { ALICE_BEHAVIOR_FEATURE: ['name', 'divisor', '"text"'] },
  },
  operators: {
    source: 'src/ir/op_kind.inc',
    schema: { ALICE_OP: ['kind', '"domain"', 'min', 'max', 'first_opset', 'attributes', '"text"'] },
  },
};

const sizes = 'web/sizes.json';

// Path → content of everything that is generated.
export function generate(read = (path) => readFileSync(join(root, path), 'utf8')) {
  const rows = {};
  for (const [name, { source, schema }] of Object.entries(lists))
    rows[name] = readRows(read(source), source, schema);
  const [, version] = /"version": "([^"]+)"/.exec(read('web/package.json')) ?? [];
  return {
    'web/src/generated/version.ts': `export const PACKAGE_VERSION = '${version}';\n`,
    'web/src/generated/lists.ts': typescriptLists(rows),
    'web/src/generated/cli-lists.ts': typescriptCliLists(rows),
    'docs/errors.md': errorsPage(rows.errors, lists.errors.source),
    'docs/options.md': optionsPage(rows.options, lists.options.source),
    'docs/recovery.md': recoveryPage(rows, lists.transitions.source),
    'docs/operators.md': operatorsPage(rows.operators, lists.operators.source),
    'docs/sizes.md': sizesPage(read(sizes), sizes),
  };
}

function current(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

function main(flag) {
  if (![undefined, '--typescript', '--check'].includes(flag)) throw new Error(`unknown argument ${flag}`);
  const isCommitted = (path) => path.startsWith('docs/');
  const stale = Object.entries(generate()).filter(([path, content]) => current(path) !== content);
  if (flag === '--check') {
    const tables = stale.map(([path]) => path).filter(isCommitted);
    if (tables.length === 0) return;
    console.error(`not fresh: ${tables.join(', ')}; run node tools/generate.mjs`);
    process.exitCode = 1;
    return;
  }
  for (const [path, content] of stale) {
    if (flag === '--typescript' && isCommitted(path)) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    console.log(`wrote ${path}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv[2]);
