// Measures one row in one pass.
import { gzipSync } from 'node:zlib';
import { variantsOf } from './contestants.mjs';
import { kernelsBuilt } from './folders.mjs';

const gzip = { level: 9 };

// Opens places for a row, and closes them whatever happens.
async function inPlaces(row, places, work) {
  const opened = {};
  try {
    for (const [name, open] of Object.entries(places)) {
      opened[name] = await open();
      await opened[name].call('enter', row);
    }
    return await work(opened);
  } finally {
    for (const place of Object.values(opened)) await place.close();
  }
}

// The first of a contestant's places that there is.
const placeOf = ({ runsIn }, places) => runsIn.find((name) => places[name]);

async function seatsOf(row, opened) {
  const [first] = Object.values(opened);
  const parts = kernelsBuilt() ? await first.call('partVariants') : [];
  return [...variantsOf(row), ...parts]
    .map((variant) => ({ variant, place: opened[placeOf(variant, opened)], values: [] }))
    .filter(({ place }) => place);
}

// Tells which variant it was that failed.
async function told(row, { variant, place }, name, ...args) {
  try {
    return await place.call(name, ...args);
  } catch (error) {
    throw new Error(`${row.id}, ${variant.id}: ${error.message}`, { cause: error });
  }
}

const valuesOf = ({ variant, values, ranOn }) => ({ variant, values, ...(ranOn && { ranOn: [ranOn] }) });

/** How many times as long as others slices are in rows that threads share; as long a one before, which does not count, wakes these. */
export const SHARED_SLICES = 4;

// Rounds in which every variant has a slice; which one begins changes from round to round.
const measureHot = (row, places, { rounds, warmUpMs, sliceMs }) =>
  inPlaces(row, places, async (opened) => {
    const seats = await seatsOf(row, opened);
    const all = async (name, ...args) => {
      for (const seat of seats) await told(row, seat, name, seat.variant.id, ...args);
    };
    for (const seat of seats) seat.ranOn = await told(row, seat, 'load', seat.variant);
    await all('judge');
    await all('slice', warmUpMs);
    const lengthMs = sliceMs * (row.isShared ? SHARED_SLICES : 1);
    for (let round = 0; round < rounds; round += 1) {
      for (let i = 0; i < seats.length; i += 1) {
        const seat = seats[(i + round) % seats.length];
        if (row.isShared) await told(row, seat, 'slice', seat.variant.id, lengthMs);
        seat.values.push(await told(row, seat, 'slice', seat.variant.id, lengthMs));
      }
    }
    await all('judge');
    return seats.map(valuesOf);
  });

// One value a round: that of a place which has done nothing else.
async function measureCold(row, places, { coldRounds }) {
  const seats = variantsOf(row)
    .map((variant) => ({ variant, name: placeOf(variant, places), values: [] }))
    .filter(({ name }) => name);
  for (let round = 0; round < coldRounds; round += 1) {
    for (const { variant, name, values } of seats) {
      const loadCold = (opened) => opened[name].call('loadCold', variant);
      values.push(await inPlaces(row, { [name]: places[name] }, loadCold));
    }
  }
  return seats.map(valuesOf);
}

// What a fresh page fetches of a contestant's files, and how much memory it then has in WebAssembly.
async function footprintOf(row, { page }, server) {
  const isModel = ({ path }) => path.startsWith('/files/');
  const results = [];
  for (const variant of variantsOf(row).filter(({ runsIn }) => runsIn.includes('page'))) {
    const heapBytes = await inPlaces(row, { page }, async (opened) => {
      await opened.page.call('watchMemories');
      server.fetched();
      await opened.page.call('loadCold', variant);
      return opened.page.call('memoryBytes');
    });
    const files = server.fetched().filter((file) => !isModel(file));
    results.push({
      variant,
      fetchedBytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
      gzipBytes: files.reduce((sum, { bytes }) => sum + gzipSync(bytes, gzip).length, 0),
      heapBytes,
    });
  }
  return results;
}

/**
 * `places`: functions that open a place, by its name. Gives { hot, cold, footprint }, those of them that the row has: hot and
 * cold as { variant, values }, one value a round.
 */
export async function measure(row, places, server, method) {
  if (row.kind === 'answers') return { hot: await measureHot(row, places, method) };
  if (row.kind === 'memory') return places.page ? { footprint: await footprintOf(row, places, server) } : {};
  const cold = await measureCold(row, places, method);
  if (row.kind === 'quantize') return { hot: await measureHot(row, places, method), cold };
  return { cold, ...(places.page && { footprint: await footprintOf(row, places, server) }) };
}
