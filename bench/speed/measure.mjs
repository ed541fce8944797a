// Measures one row in one pass. Gives, for each variant, the values of all rounds.
import { gzipSync } from 'node:zlib';
import { kernelsBuilt } from './folders.mjs';
import { variantsOf } from './contestants.mjs';

const gzip = { level: 9 };

// What runs where: contestants of pages in the page; the others, and all of them without a browser, in a Node process.
async function enter(row, places) {
  const opened = {};
  for (const [name, open] of Object.entries(places)) {
    opened[name] = await open();
    await opened[name].call('enter', row);
  }
  return opened;
}

const placeOf = ({ runsIn }, opened) => runsIn.map((name) => opened[name]).find(Boolean);

async function loadAll(row, opened, warmUpMs) {
  const [first] = Object.values(opened);
  const kernels = row.kernels && kernelsBuilt() ? await first.call('kernelVariants') : [];
  const seats = [...variantsOf(row), ...kernels.map((kernel) => ({ ...kernel, runsIn: Object.keys(opened) }))]
    .map((variant) => ({ variant, place: placeOf(variant, opened), values: [] }))
    .filter(({ place }) => place);
  for (const { variant, place } of seats) {
    try {
      await place.call('load', variant);
      await place.call('judge', variant.id);
    } catch (error) {
      throw new Error(`${row.id}, ${variant.id}: ${error.message}`, { cause: error });
    }
  }
  for (const { variant, place } of seats) await place.call('slice', variant.id, warmUpMs);
  return seats;
}

/** Rounds in which every variant has a slice; which one begins changes from round to round. */
async function measureHot(row, places, { rounds, warmUpMs, sliceMs }) {
  const opened = await enter(row, places);
  const seats = await loadAll(row, opened, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < seats.length; i += 1) {
      const { variant, place, values } = seats[(i + round) % seats.length];
      values.push(await place.call('slice', variant.id, sliceMs));
    }
  }
  // Whoever was right before the rounds is right after them.
  for (const { variant, place } of seats) await place.call('judge', variant.id);
  for (const place of Object.values(opened)) await place.close();
  return seats.map(({ variant, values }) => ({ variant, values }));
}

/** One value a round: that of a place which has done nothing else. */
async function measureCold(row, places, { coldRounds }) {
  const results = [];
  for (const variant of variantsOf(row)) {
    const name = variant.runsIn.find((each) => places[each]);
    if (name) results.push({ variant, open: places[name], values: [] });
  }
  for (let round = 0; round < coldRounds; round += 1) {
    for (const { variant, open, values } of results) {
      const place = await open();
      await place.call('enter', row);
      values.push(await place.call('loadCold', variant));
      await place.close();
    }
  }
  return results.map(({ variant, values }) => ({ variant, values }));
}

/** What a fresh page fetches of a contestant's files, and how much memory it then has in WebAssembly. */
async function footprintOf(row, open, server) {
  const isModel = ({ path }) => path.startsWith('/files/');
  const results = [];
  for (const variant of variantsOf(row).filter(({ runsIn }) => runsIn.includes('page'))) {
    const place = await open();
    await place.call('enter', row);
    await place.call('watchMemories');
    server.fetched();
    await place.call('loadCold', variant);
    const fetched = server.fetched().filter((file) => !isModel(file));
    results.push({
      variant,
      fetchedBytes: fetched.reduce((sum, { bytes }) => sum + bytes.length, 0),
      gzipBytes: fetched.reduce((sum, { bytes }) => sum + gzipSync(bytes, gzip).length, 0),
      heapBytes: await place.call('memoryBytes'),
    });
    await place.close();
  }
  return results;
}

/**
 * `places`: functions that open a place, by its name. Gives { hot, cold, footprint }, those of them that the row has: hot and
 * cold as { variant, values }, one value a round.
 */
export async function measure(row, places, server, method) {
  if (row.kind === 'answers') return { hot: await measureHot(row, places, method) };
  const cold = await measureCold(row, places, method);
  if (row.kind === 'quantize') return { hot: await measureHot(row, places, method), cold };
  return { cold, ...(places.page && { footprint: await footprintOf(row, places.page, server) }) };
}
