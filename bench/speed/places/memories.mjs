// How large the WebAssembly memories of a page are.
const memories = new Set();

/** Notes every memory that is made from here on. */
export function watchMemories() {
  const note = (values) => {
    for (const value of Object.values(values ?? {})) {
      if (value instanceof WebAssembly.Memory) memories.add(value);
    }
  };
  const noteInstance = (imports, { instance, exports } = {}) => {
    Object.values(imports ?? {}).forEach(note);
    note(instance?.exports ?? exports);
  };
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (source, imports) => {
      const result = await original.call(WebAssembly, source, imports);
      noteInstance(imports, result instanceof WebAssembly.Instance ? result : { instance: result.instance });
      return result;
    };
  }
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(Instance, [module, imports]) {
      const instance = new Instance(module, imports);
      noteInstance(imports, { instance });
      return instance;
    },
  });
}

/** The bytes of those that were noted. */
export const memoryBytes = () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
