import { describe, expect, it } from 'vitest';
import { chooseDebianSource, parseSources } from './debian-source.mjs';

const choose = (text, style) => chooseDebianSource(parseSources(text, style));

describe('the Debian mirror of a machine', () => {
  it('is found in deb822 style, with its key', () => {
    const text = [
      'Types: deb',
      '# a comment',
      'URIs: http://mirror.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
      '',
      'Types: deb deb-src',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main contrib',
      'Signed-By: /usr/share/keyrings/debian.gpg',
    ].join('\n');
    expect(choose(text, 'sources')).toEqual({
      uri: 'http://mirror.example/debian',
      signedBy: '/usr/share/keyrings/debian.gpg',
    });
  });

  it('keeps a key that is written into the source', () => {
    const key = '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----';
    const text = `Types: deb\nURIs: http://m.example/debian/\nSuites: bookworm\nComponents: main\nSigned-By:${key}\n`;
    expect(choose(text, 'sources')?.signedBy).toBe(key);
  });

  it('is found in the one-line style', () => {
    const text = [
      '# deb http://old.example/debian bookworm main',
      'deb-src http://mirror.example/debian bookworm main',
      'deb https://other.example/apt stable main',
      'deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main non-free',
    ].join('\n');
    expect(choose(text, 'list')).toEqual({ uri: 'http://mirror.example/debian/', signedBy: '/k.gpg' });
  });

  it('is absent where only other sources are', () => {
    expect(choose('deb http://x.example/debian-security bookworm-security main', 'list')).toBeNull();
    expect(
      choose(
        'Types: deb\nEnabled: no\nURIs: http://x.example/debian\nSuites: bookworm\nComponents: main',
        'sources',
      ),
    ).toBeNull();
  });
});
