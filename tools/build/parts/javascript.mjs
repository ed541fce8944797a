// The two files of a module as plain JavaScript: what wasm2js makes of each, and what it lacks for both to work on one memory, one table and
// the same variables. Each change has to be found as often as is said here; a wasm2js that writes something else stops the build.
import { StepError } from '../../processes.mjs';

function changed(text, changes) {
  return changes.reduce((before, [what, by, isThere = (count) => count === 1]) => {
    let count = 0;
    const after = before.replace(what, (...found) => {
      ++count;
      return typeof by === 'function' ? by(...found) : by;
    });
    if (!isThere(count)) throw new StepError(`wasm2js has written ${what} ${count} times`);
    return after;
  }, text);
}

const some = (count) => count > 0;
const any = () => true;

const VIEWS = ['Int8', 'Int16', 'Int32', 'Uint8', 'Uint16', 'Uint32', 'Float32', 'Float64'].map(
  (type) =>
    `${type.replace('Uint', 'HEAPU').replace('Int', 'HEAP').replace('Float', 'HEAPF')} = new ${type}Array(buffer);`,
);

// The upper half of a 64-bit result: of functions of the same file, and of others.
const HIGH = 'i64toi32_i32$HIGH_BITS';
const isHigh = /i64toi32_i32\$HIGH_BITS/g;

// The first file tells the rest where its memory is when it has grown, and shares its variables.
export function firstAsJavaScript(text) {
  return `${changed(text, [
    [
      'function asmFunc(imports) {\n',
      `$&
 const followers = [];
 let upper = 0;
 const keepUpper = (value) => { upper = value; };
 const giveUpper = () => upper;
`.replace('$&', 'function asmFunc(imports) {'),
    ],
    [/env\.setTempRet0\b/g, 'keepUpper', any],
    [/env\.getTempRet0\b/g, 'giveUpper', any],
    [
      '   bufferView = HEAPU8;\n  }\n  return oldPages;\n',
      '   bufferView = HEAPU8;\n   for (const follow of followers) follow();\n  }\n  return oldPages;\n',
    ],
    [
      '\n return {\n',
      `
 return {
  "alice_follow": (follow) => { followers.push(follow); },
  "alice_high": { get value() { return ${HIGH}; }, set value(value) { ${HIGH} = value; } },
  "setTempRet0": keepUpper,
  "getTempRet0": giveUpper,
`,
    ],
  ])}\nexport { instantiate };\n`;
}

export function restAsJavaScript(text) {
  return `${changed(text, [
    [' memory.grow = __wasm_memory_grow;\n', ''],
    [
      '\n bufferView = HEAPU8;\n FUNCTION_TABLE[',
      `
 function follow() { buffer = memory.buffer; ${VIEWS.join(' ')} bufferView = HEAPU8; }
 follow();
 primary.alice_follow(follow);
 FUNCTION_TABLE[`,
    ],
    [/env\.([gs]etTempRet0)\b/g, (_, name) => `primary.${name}`, any],
    [/(var gimport\$\d+ = primary\.\S+) \| 0;/g, (_, own) => `${own};`, some],
    [/gimport\$\d+(?! = primary)/g, (name) => `${name}.value`, some],
    [` var ${HIGH} = 0;\n`, ' var alice_high = primary.alice_high;\n'],
    [isHigh, 'alice_high.value', some],
  ])}\nexport { instantiate };\n`;
}
