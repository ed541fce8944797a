import type { BackendName } from './types.js';

/** What was found out about a model on a machine. */
export interface RememberedChoice {
  backend: BackendName;
  reason: string;
  /** In ms since 1970. */
  at: number;
}

const DATABASE = 'alice-quant';
const STORE = 'backends';
/** Drivers and browsers change. */
const LONGEST_MS = 30 * 24 * 60 * 60 * 1000;

/** The choice of that name; undefined where there is none, where it is old, and where the page may not keep anything. */
export async function recallChoice(key: string): Promise<RememberedChoice | undefined> {
  const found = await inStore<unknown>('readonly', (store) => store.get(key) as IDBRequest<unknown>);
  return isChoice(found) && Date.now() - found.at < LONGEST_MS ? found : undefined;
}

/** Keeps a choice where the page may keep anything. */
export async function rememberChoice(key: string, choice: RememberedChoice): Promise<void> {
  await inStore('readwrite', (store) => store.put(choice, key));
}

/** SHA-256 of a model's bytes; undefined outside of secure contexts. */
export async function hashOf(bytes: Uint8Array): Promise<string | undefined> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (!subtle) return undefined;
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isChoice(found: unknown): found is RememberedChoice {
  const { backend, reason, at } = (found ?? {}) as Partial<RememberedChoice>;
  return (backend === 'wasm' || backend === 'webgl') && typeof reason === 'string' && typeof at === 'number';
}

/** Never rejects: a page that may not keep anything measures again. */
async function inStore<T>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  try {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await resultOf(opening);
    try {
      return await resultOf(use(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });
}
