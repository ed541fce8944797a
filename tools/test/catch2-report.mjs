// Reads the XML report of Catch2 2: counts test cases and renders each failure as text. A report that breaks off
// (the program crashed) is read as far as it goes.

// A test that cannot run here prints this marker and the reason, and ends.
const skipMarker = /ALICE-SKIP: *(.*)/;

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const decode = (text) => text.replace(/&(\w+);/g, (whole, name) => entities[name] ?? whole);

function parseElements(xml) {
  const document = { tag: '', attributes: {}, children: [], text: '', closed: false };
  const open = [document];
  const token = /<\?[^>]*>|<(\/?)(\w+)((?:[^>"]|"[^"]*")*?)(\/?)>|([^<]+)/g;
  for (const [, slash, tag, attributeText, selfClosing, text] of xml.matchAll(token)) {
    const top = open.at(-1);
    if (text !== undefined) {
      top.text += decode(text);
    } else if (slash) {
      top.closed = true;
      open.pop();
    } else if (tag) {
      const attributes = {};
      for (const [, name, value] of attributeText.matchAll(/(\w+)="([^"]*)"/g))
        attributes[name] = decode(value);
      const element = { tag, attributes, children: [], text: '', closed: Boolean(selfClosing) };
      top.children.push(element);
      if (!selfClosing) open.push(element);
    }
  }
  return document;
}

const descendants = (element) => element.children.flatMap((child) => [child, ...descendants(child)]);
const childText = (element, tag) => element.children.find((child) => child.tag === tag)?.text.trim() ?? '';

function renderFailure(element, sections) {
  const place = `${element.attributes.filename}:${element.attributes.line}`;
  const where = sections.length > 0 ? ` [${sections.join(' / ')}]` : '';
  if (element.tag === 'Expression') {
    const thrown = element.children.find((child) => /Exception|FatalErrorCondition/.test(child.tag));
    const outcome = thrown ? `threw ${thrown.text.trim()}` : `was ${childText(element, 'Expanded')}`;
    return `${place}${where}: ${element.attributes.type}( ${childText(element, 'Original')} ) ${outcome}`;
  }
  return `${place}${where}: ${element.tag}: ${element.text.trim()}`;
}

function failuresOf(element, sections = []) {
  const lines = [];
  for (const child of element.children) {
    if (child.tag === 'Section') lines.push(...failuresOf(child, [...sections, child.attributes.name]));
    else if (child.tag === 'Info') lines.push(`  with: ${child.text.trim()}`);
    else if (child.tag === 'Expression' && child.attributes.success === 'true') continue;
    else if (/^(Expression|Failure|Exception|FatalErrorCondition)$/.test(child.tag)) {
      lines.push(renderFailure(child, sections));
    }
  }
  return lines;
}

// Returns { passed, skips: [{ name, reason }], failures: [text], unfinished: name or null }.
export function readCatch2Report(xml) {
  const report = { passed: 0, skips: [], failures: [], unfinished: null };
  for (const test of descendants(parseElements(xml)).filter((element) => element.tag === 'TestCase')) {
    const { name } = test.attributes;
    const result = test.children.find((child) => child.tag === 'OverallResult');
    const reason = descendants(test)
      .map((element) => element.text.match(skipMarker)?.[1])
      .find(Boolean);
    if (!result) {
      report.unfinished = name;
    } else if (result.attributes.success !== 'true') {
      report.failures.push([name, ...failuresOf(test).map((line) => `    ${line}`)].join('\n'));
    } else if (reason) {
      report.skips.push({ name, reason: reason.trim() });
    } else {
      report.passed += 1;
    }
  }
  return report;
}

// The reason in a line that a test printed past Catch2, or null.
export const skipReasonIn = (line) => line.match(skipMarker)?.[1].trim() ?? null;
