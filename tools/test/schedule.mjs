// Runs jobs side by side. A job is { name, needs, folders? }: it starts when all that it needs have succeeded and nobody builds in
// its folders, `lanes` jobs at a time at most, those first that come first. What needs something that failed is skipped.
//
// run(job) resolves with whether it succeeded; skip(job, absent) is told of a job that is not run for lack of `absent`.
export async function runSideBySide(jobs, lanes, { run, skip }) {
  const waiting = [...jobs];
  const running = new Map();
  const failed = new Set();
  const succeeded = new Set();
  const isKnown = new Set(jobs.map(({ name }) => name));

  const isReady = ({ needs }) => needs.every((name) => succeeded.has(name) || !isKnown.has(name));
  const isFree = ({ folders = [] }) =>
    [...running.keys()].every((other) => !other.folders?.some((folder) => folders.includes(folder)));

  const start = (job) => {
    waiting.splice(waiting.indexOf(job), 1);
    const done = run(job).then((isGood) => {
      (isGood ? succeeded : failed).add(job.name);
      running.delete(job);
    });
    running.set(job, done);
  };

  for (;;) {
    for (const job of [...waiting]) {
      const absent = job.needs.find((name) => failed.has(name));
      if (absent === undefined) continue;
      waiting.splice(waiting.indexOf(job), 1);
      failed.add(job.name);
      skip(job, absent);
    }
    for (const job of [...waiting]) {
      if (running.size < lanes && isReady(job) && isFree(job)) start(job);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (waiting.length > 0) throw new Error(`What ${waiting[0].name} needs is needed by itself.`);
}
