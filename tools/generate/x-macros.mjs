// Reads X-macro lists: files whose only content is comments and rows such as ALICE_ERROR(code, stage, "text, with commas").

// What `schema` asks of a macro's arguments: 'name' is a bare word, '"name"' a string, 'name...' any number of further
// bare words. A list that departs from it is refused with file and line.
export function readRows(text, file, schema) {
  return parse(text, file).map(({ macro, args, line }) => {
    const fields = schema[macro];
    if (!fields) fail(file, line, `unknown macro ${macro}; known: ${Object.keys(schema).join(', ')}`);
    return { macro, ...named(args, fields, file, line) };
  });
}

function fail(file, line, message) {
  throw new Error(`${file}:${line}: ${message}`);
}

function named(args, fields, file, line) {
  const rest = fields.at(-1).endsWith('...');
  const wanted = rest ? fields.length - 1 : fields.length;
  if (rest ? args.length < wanted : args.length !== wanted) {
    fail(file, line, `${args.length} arguments, but (${fields.join(', ')}) are wanted`);
  }
  const row = {};
  fields.slice(0, wanted).forEach((field, i) => {
    const isString = field.startsWith('"');
    if (isString !== args[i].isString) {
      fail(
        file,
        line,
        `argument ${i + 1} (${field}) is ${isString ? 'not a string' : 'a string'}: ${args[i].text}`,
      );
    }
    row[field.replaceAll('"', '')] = args[i].text;
  });
  if (rest) {
    const others = args.slice(wanted);
    const string = others.find((arg) => arg.isString);
    if (string) fail(file, line, `"${string.text}" should be a bare word`);
    row[fields.at(-1).slice(0, -3)] = others.map((arg) => arg.text);
  }
  return row;
}

const token =
  /(?<space>\s+|\/\/[^\n]*)|(?<string>"(?:[^"\\\n]|\\["\\])*")|(?<word>[^\s"(),/\\]+)|(?<mark>[(),])/y;

function* tokens(text, file) {
  let line = 1;
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) fail(file, line, `cannot read ${JSON.stringify(text.slice(at).split('\n')[0])}`);
    const { space, string, word, mark } = match.groups;
    if (!space) {
      const content = string ? string.slice(1, -1).replace(/\\(.)/g, '$1') : (word ?? mark);
      yield { kind: string ? 'string' : word ? 'word' : mark, text: content, line };
    }
    line += match[0].split('\n').length - 1;
  }
  yield { kind: 'the end of the file', text: '', line };
}

function parse(text, file) {
  const source = tokens(text, file);
  let next = source.next().value;
  const take = (...kinds) => {
    const taken = next;
    if (!kinds.includes(taken.kind)) {
      const isNamed = taken.kind === 'word' || taken.kind === 'string';
      const found = taken.text
        ? `${isNamed ? `${taken.kind} ` : ''}${JSON.stringify(taken.text)}`
        : taken.kind;
      fail(file, taken.line, `${kinds.join(' or ')} expected, ${found} found`);
    }
    next = source.next().value;
    return taken;
  };
  const takeArgument = () => {
    const first = take('word', 'string');
    let content = first.text;
    while (first.kind === 'string' && next?.kind === 'string') content += take('string').text;
    return { text: content, isString: first.kind === 'string' };
  };
  const rows = [];
  while (next.kind !== 'the end of the file') {
    const macro = take('word');
    take('(');
    const args = [takeArgument()];
    while (take(',', ')').kind === ',') args.push(takeArgument());
    rows.push({ macro: macro.text, args, line: macro.line });
  }
  return rows;
}
