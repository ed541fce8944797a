// Sections of WebAssembly modules (core specification 1.0, section 5.5, and the extensions that Emscripten uses).

const HEADER_BYTES = 8;
const CUSTOM = 0;
const IMPORTS = 2;
const CODE = 10;
const FUNCTION_NAMES = 1;

function leb128(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

const vector = (bytes) => Buffer.concat([leb128(bytes.length), bytes]);
const section = (id, content) => Buffer.concat([Buffer.from([id]), vector(content)]);

class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let [value, unit] = [0, 1];
    for (let more = true; more; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      more = byte > 127;
    }
    return value;
  }

  take(length = this.number()) {
    return this.bytes.subarray(this.at, (this.at += length));
  }

  text() {
    return new TextDecoder().decode(this.take());
  }

  limits() {
    const flags = this.number();
    this.number();
    if (flags & 1) this.number();
  }

  // What `read` gives of each of a vector's elements.
  all(read) {
    return Array.from({ length: this.number() }, read);
  }
}

// Ids and contents in order, of a module or of a name section's subsections.
function sectionsIn(bytes, at = 0) {
  const reader = new Reader(bytes, at);
  const found = [];
  while (!reader.isAtEnd) found.push({ id: reader.byte(), content: reader.take() });
  return found;
}

const contentOf = (sections, id) =>
  sections.find((section) => section.id === id)?.content ?? Buffer.from([0]);

// The name section without its own name.
function namesIn(sections) {
  for (const { content } of sections.filter(({ id }) => id === CUSTOM)) {
    const reader = new Reader(content);
    if (reader.text() === 'name') return content.subarray(reader.at);
  }
  return Buffer.alloc(0);
}

function importedFunctions(imports) {
  const reader = new Reader(imports);
  const skip = [
    () => reader.number(),
    () => [reader.byte(), reader.limits()],
    () => reader.limits(),
    () => reader.take(2),
    () => [reader.byte(), reader.number()],
  ];
  const kinds = reader.all(() => {
    reader.take();
    reader.take();
    const kind = reader.byte();
    skip[kind]();
    return kind;
  });
  return kinds.filter((kind) => kind === 0).length;
}

// The names and bodies of the functions that a module defines, in order.
export function functionsOf(module) {
  const sections = sectionsIn(module, HEADER_BYTES);
  const first = importedFunctions(contentOf(sections, IMPORTS));
  const namesReader = new Reader(contentOf(sectionsIn(namesIn(sections)), FUNCTION_NAMES));
  const names = new Map(namesReader.all(() => [namesReader.number(), namesReader.text()]));
  const code = new Reader(contentOf(sections, CODE));
  return code.all((_, i) => ({ name: names.get(first + i) ?? '', body: code.take() }));
}

// A module with a text of that name behind it.
export const withSection = (module, name, text) =>
  Buffer.concat([module, section(CUSTOM, Buffer.concat([vector(Buffer.from(name)), Buffer.from(text)]))]);

// A module whose functions have these names, and nothing else has one.
export function withFunctionNames(module, names) {
  const sections = sectionsIn(module, HEADER_BYTES);
  const first = importedFunctions(contentOf(sections, IMPORTS));
  const map = names.flatMap((name, i) => [leb128(first + i), vector(Buffer.from(name))]);
  const all = section(FUNCTION_NAMES, Buffer.concat([leb128(names.length), ...map]));
  const isCode = ({ id }) => id !== CUSTOM;
  const code = sections.filter(isCode).map(({ id, content }) => section(id, content));
  return Buffer.concat([
    module.subarray(0, HEADER_BYTES),
    ...code,
    section(CUSTOM, Buffer.concat([vector(Buffer.from('name')), all])),
  ]);
}
