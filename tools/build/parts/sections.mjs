// Custom sections of WebAssembly (core specification 1.0, section 5.5.3).

function leb128(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

const vector = (bytes) => Buffer.concat([leb128(bytes.length), bytes]);

// A module with a text of that name behind it.
export const withSection = (module, name, text) =>
  Buffer.concat([
    module,
    Buffer.from([0]),
    vector(Buffer.concat([vector(Buffer.from(name)), Buffer.from(text)])),
  ]);
