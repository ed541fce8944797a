// Reads the machine's apt sources, in the one-line and in the deb822 style, for its Debian mirror.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const aptFolder = '/etc/apt';

const isRelease = (suite) => /^[a-z]+$/.test(suite);
const isDebian = (uri) => /\/debian\/?$/.test(uri);

// `deb [option=value …] uri suite component…`
function parseOneLine(text) {
  return text.split('\n').flatMap((line) => {
    const match = line.match(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(\S.*)$/);
    if (!match) return [];
    const [, options = '', uri, suite, components] = match;
    const signedBy = options.match(/(?:^|\s)signed-by=(\S+)/i)?.[1];
    return [{ uris: [uri], suites: [suite], components: components.split(/\s+/), signedBy }];
  });
}

// Paragraphs of `Field: value`; a value goes on in lines that start with a blank.
function parseParagraphs(text) {
  return text.split(/\n\s*\n/).flatMap((paragraph) => {
    const fields = {};
    let last = null;
    for (const line of paragraph.split('\n').filter((each) => !each.startsWith('#'))) {
      const match = line.match(/^([A-Za-z-]+):\s*(.*)$/);
      if (match) {
        last = match[1].toLowerCase();
        fields[last] = match[2];
      } else if (last && /^\s/.test(line)) {
        fields[last] += `\n${line}`;
      }
    }
    const words = (name) => (fields[name] ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || fields.enabled?.trim() === 'no') return [];
    return [
      {
        uris: words('uris'),
        suites: words('suites'),
        components: words('components'),
        signedBy: fields['signed-by']?.trimEnd(),
      },
    ];
  });
}

// Every binary source in the text of a sources file; `style` is its extension, `list` or `sources`.
export const parseSources = (text, style) => (style === 'list' ? parseOneLine(text) : parseParagraphs(text));

// The mirror that serves whole releases (not the security one) as { uri, signedBy? }, or null.
export function chooseDebianSource(sources) {
  for (const { uris, suites, components, signedBy } of sources) {
    const uri = uris.find(isDebian);
    if (uri && suites.some(isRelease) && components.includes('main')) return { uri, signedBy };
  }
  return null;
}

export function findDebianSource() {
  const parts = join(aptFolder, 'sources.list.d');
  const files = [
    join(aptFolder, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts).sort() : []).map((name) => join(parts, name)),
  ];
  const sources = files
    .filter((file) => existsSync(file) && /\.(list|sources)$/.test(file))
    .flatMap((file) => parseSources(readFileSync(file, 'utf8'), file.split('.').pop()));
  return chooseDebianSource(sources);
}
