// An order of functions in which what resembles each other is close: a compressor that looks back 32 KB finds more to refer to.

const WINDOW_BYTES = 31_000;
const SHINGLE_BYTES = 6;
// What so many functions have is found anyway.
const MOST_OWNERS = 60;

// The byte sequences of that length in a function, as hashes (FNV-1 without its offset).
function shinglesOf(body) {
  const found = new Set();
  for (let i = 0; i + SHINGLE_BYTES <= body.length; ++i) {
    let hash = 0;
    for (let k = 0; k < SHINGLE_BYTES; ++k) hash = Math.imul(hash, 16_777_619) ^ body[i + k];
    found.add(hash);
  }
  return found;
}

// Which bodies have each of the sequences that some share.
function ownersOf(shingles) {
  const owners = new Map();
  shingles.forEach((own, i) => {
    for (const hash of own) {
      const those = owners.get(hash);
      if (those) those.push(i);
      else owners.set(hash, [i]);
    }
  });
  return owners;
}

// Indices of `bodies`: behind each the one that has most of what is in the window, for its size.
export function byResemblance(bodies) {
  const shingles = bodies.map(shinglesOf);
  const owners = new Map(
    [...ownersOf(shingles)].filter(([, those]) => those.length > 1 && those.length <= MOST_OWNERS),
  );
  const shared = shingles.map((own) => [...own].filter((hash) => owners.has(hash)));
  const times = new Map();
  const score = new Int32Array(bodies.length);
  const count = (index, by) => {
    for (const hash of shared[index]) {
      const before = times.get(hash) ?? 0;
      times.set(hash, before + by);
      if ((before === 0) !== (before + by === 0)) for (const owner of owners.get(hash)) score[owner] += by;
    }
  };
  const left = new Set(bodies.keys());
  const order = [];
  let [oldest, windowBytes] = [0, 0];
  while (left.size > 0) {
    const likeness = (index) => score[index] / (bodies[index].length + 1);
    const next = [...left].reduce((best, index) => (likeness(index) > likeness(best) ? index : best));
    left.delete(next);
    order.push(next);
    count(next, 1);
    windowBytes += bodies[next].length;
    while (windowBytes > WINDOW_BYTES && oldest < order.length - 1) {
      windowBytes -= bodies[order[oldest]].length;
      count(order[oldest++], -1);
    }
  }
  return order;
}
