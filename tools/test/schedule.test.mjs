import { describe, expect, test } from 'vitest';
import { runSideBySide } from './schedule.mjs';

const job = (name, { needs = [], folders } = {}) => ({ name, needs, folders });

/** What started and ended, in order, where each job takes `ms[name]`. */
async function played(jobs, lanes, ms = {}, bad = []) {
  const log = [];
  await runSideBySide(jobs, lanes, {
    async run({ name }) {
      log.push(`+${name}`);
      await new Promise((resolve) => setTimeout(resolve, ms[name] ?? 1));
      log.push(`-${name}`);
      return !bad.includes(name);
    },
    skip: ({ name }, absent) => log.push(`${name} lacks ${absent}`),
  });
  return log;
}

describe('jobs side by side', () => {
  test('are no more at a time than there are lanes, in their order', async () => {
    const jobs = ['a', 'b', 'c'].map((name) => job(name));
    expect(await played(jobs, 1)).toEqual(['+a', '-a', '+b', '-b', '+c', '-c']);
    expect(await played(jobs, 2, { a: 60 })).toEqual(['+a', '+b', '-b', '+c', '-c', '-a']);
  });

  test('wait for what they need', async () => {
    const jobs = [job('test', { needs: ['build'] }), job('build'), job('lint')];
    expect(await played(jobs, 3, { build: 30 })).toEqual([
      '+build',
      '+lint',
      '-lint',
      '-build',
      '+test',
      '-test',
    ]);
  });

  test('do not build in one folder', async () => {
    const jobs = [
      job('a', { folders: ['x', 'y'] }),
      job('b', { folders: ['y'] }),
      job('c', { folders: ['z'] }),
    ];
    expect(await played(jobs, 3, { a: 30 })).toEqual(['+a', '+c', '-c', '-a', '+b', '-b']);
  });

  test('are skipped where what they need fails, and so is what needs them', async () => {
    const jobs = [
      job('build'),
      job('demo', { needs: ['build'] }),
      job('e2e', { needs: ['demo'] }),
      job('lint'),
    ];
    expect(await played(jobs, 1, {}, ['build'])).toEqual([
      '+build',
      '-build',
      'demo lacks build',
      'e2e lacks demo',
      '+lint',
      '-lint',
    ]);
  });

  test('take what nobody makes for granted', async () => {
    expect(await played([job('a', { needs: ['chosen not to be run'] })], 1)).toEqual(['+a', '-a']);
  });
});
