// @vitest-environment node
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(ts|svelte)$/.test(path) && !path.startsWith('paraglide'))
  .map((path) => ({ path: relative(root, join(root, path)), text: readFileSync(join(root, path), 'utf8') }));
const code = (keep: (path: string) => boolean) => files.filter(({ path }) => keep(path)).map(({ text }) => text).join('\n');
const bindings = code((path) => path === 'backend/bindings.ts');
const screens = code((path) => !path.startsWith('backend/'));
/** Reports on paper take their sentences from the same catalogue. */
const reports = readFileSync(new URL('../../src-tauri/crates/desk/src/verification/report.rs', import.meta.url), 'utf8');
const catalogue = JSON.parse(readFileSync(new URL('../messages/vi.json', import.meta.url), 'utf8')) as Record<string, string>;

test('only the backend folder knows the shell', () => {
  const offenders = files.filter(({ path, text }) => !path.startsWith('backend/') && text.includes('@tauri-apps'));
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('the shell and the HTTP host are fetched only when they are wanted', () => {
  const offenders = files.filter(({ path, text }) => path !== 'backend/tauri.ts' && /from '[^']*\/(tauri|http)'/.test(text));
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('nothing in the window knows its test double', () => {
  expect(files.filter(({ text }) => /from '[^']*(tests\/|double)/.test(text)).map(({ path }) => path)).toEqual([]);
});

test('every command of the desk has a caller in the window', () => {
  const list = /export interface Commands \{([\s\S]*?)\n\}/.exec(bindings)?.[1] ?? '';
  const commands = [...list.matchAll(/^ {2}(\w+): \{/gm)].map(([, name]) => name as string);
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((name) => !new RegExp(`\\b(?:call|run|ask)\\(\\s*'${name}'`).test(screens))).toEqual([]);
});

test('every name that tests drive the window by is on a control', () => {
  const names = [...code((path) => path === 'testids.ts').matchAll(/^ {2}(\w+): '/gm)].map(([, name]) => name as string);
  const used = code((path) => path !== 'testids.ts');
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => !new RegExp(`testid\\.${name}\\b`).test(used))).toEqual([]);
});

test('no text stands in the catalogue that no screen shows', () => {
  const prefixes = [...screens.matchAll(/[`'](\w+_)(?:\$\{|')/g)].map(([, prefix]) => prefix as string);
  const idle = Object.keys(catalogue).filter(
    (key) => !new RegExp(`\\bm\\.${key}\\b`).test(screens) && !prefixes.some((prefix) => key.startsWith(prefix)) && !reports.includes(`"${key}"`)
  );
  expect(idle).toEqual([]);
});

test('no screen carries a sentence of its own', () => {
  const words = /[àáạảãăằắặẳẵâầấậẩẫđèéẹẻẽêềếệểễìíịỉĩòóọỏõôồốộổỗơờớợởỡùúụủũưừứựửữỳýỵỷỹ]/i;
  const offenders = files
    .filter(({ path }) => path.endsWith('.svelte'))
    .filter(({ text }) => {
      const markup = text.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<style[\s\S]*?<\/style>/g, '').replace(/<!--[\s\S]*?-->/g, '');
      // The program's name, and the name of a language in that language, are the same in every language.
      return words.test(markup.replace(/Mộc Bản|Tiếng Việt/g, ''));
    });
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('no style is written into markup, so that the security policy can forbid it', () => {
  const offenders = files.filter(({ path, text }) => path.endsWith('.svelte') && (/\sstyle="/.test(text) || text.includes('{@html')));
  expect(offenders.map(({ path }) => path)).toEqual([]);
});
