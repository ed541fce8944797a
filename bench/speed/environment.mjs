// What the figures belong to: machine, browser, versions.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { inRoot } from '../../tools/paths.mjs';
import { contestants } from './contestants.mjs';

/** `version`: the browser's; none for Node. */
export function describeMachine(version, { vnni }) {
  const node = `Node ${process.versions.node}`;
  const browser = `Chromium ${version}${vnni ? '' : ' without VNNI'}`;
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0].model.trim(),
    place: version === undefined ? node : `${browser}, native packages in ${node}`,
  };
}

export const packageVersions = () =>
  Object.fromEntries(
    contestants.map((contestant) => {
      const file = inRoot('node_modules', contestant.package, 'package.json');
      return [contestant.package, JSON.parse(readFileSync(file, 'utf8')).version];
    }),
  );
