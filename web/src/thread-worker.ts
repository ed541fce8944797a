/**
 * What runs in a worker that is one of a module's threads: the module once more, over the same memory, in which it serves
 * until the worker is terminated. It computes and does nothing else: whatever it would ask JavaScript for throws.
 */
export interface ThreadStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Where the function that a thread enters stands in the module's table. */
  entry: number;
  /** Addresses of what the thread has of its own. */
  stackTop: number;
  locals: number;
  /** Address of an i32 that says with 1 that a thread is lost, so that nobody waits for it. */
  lostFlag: number;
  /** Its number; 0 is the thread that made it. */
  thread: number;
}

/** Told once: undefined when it serves, else why it cannot. */
export type ThreadStarted = { error?: string };

addEventListener(
  'message',
  ({ data }: MessageEvent<ThreadStart>) => {
    serve(data).catch((error: unknown) => tell({ error: String(error) }));
  },
  { once: true },
);

const tell = (started: ThreadStarted) => postMessage(started);

async function serve({
  module,
  memory,
  entry,
  stackTop,
  locals,
  thread,
  lostFlag,
}: ThreadStart): Promise<void> {
  const { exports } = await WebAssembly.instantiate(module, importsOf(module, memory));
  const table = Object.values(exports).find((value) => value instanceof WebAssembly.Table);
  const enter = table?.get(entry) as (stackTop: number, locals: number, thread: number) => void;
  tell({});
  try {
    enter(stackTop, locals, thread);
  } finally {
    Atomics.store(new Int32Array(memory.buffer), lostFlag / Int32Array.BYTES_PER_ELEMENT, 1);
  }
}

function importsOf(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = kind === 'memory' ? memory : onlyComputes;
  }
  return imports;
}

function onlyComputes(): never {
  throw new Error('A thread of the engine called JavaScript.');
}
