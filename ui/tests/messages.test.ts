// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../src/backend/bindings';

type Variant = { match: Record<string, string> };
type Catalogue = Record<string, string | Variant[]>;

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const vi = JSON.parse(read('../messages/vi.json')) as Catalogue;
const en = JSON.parse(read('../messages/en.json')) as Catalogue;
const bindings = read('../src/backend/bindings.ts');

/** The codes of a generated string enumeration: `export type Lane = "idle" | …;` */
function codes(name: string): string[] {
  const body = new RegExp(`export type ${name} = ((?:"\\w+"(?: \\| )?)+);`).exec(bindings)?.[1];
  if (!body) throw new Error(`bindings.ts has no enumeration ${name}`);
  return [...body.matchAll(/"(\w+)"/g)].map(([, code]) => code as string);
}

/** The variants of a Rust enumeration, in snake case as they are serialised. */
function variants(file: string, name: string): string[] {
  const body = new RegExp(`pub enum ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(read(`../../src-tauri/crates/${file}`))?.[1] ?? '';
  return [...body.matchAll(/^ {4}(\w+)(?: \{|,)/gm)].map(([, variant]) =>
    (variant as string).replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
  );
}

const sentences = (message: string | Variant[] | undefined): string[] =>
  message === undefined ? [] : typeof message === 'string' ? [message] : message.flatMap(({ match }) => Object.values(match));

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string).sort();

describe.each([
  ['vi', vi],
  ['en', en]
] as const)('the catalogue %s', (_, catalogue) => {
  test.each(errorCodes.map((code) => [code]))('tells what %s is, why, and what to do', (code) => {
    for (const part of ['heading', 'explanation', 'next']) {
      const text = catalogue[`error_${code}_${part}`];
      expect(typeof text, `error_${code}_${part}`).toBe('string');
      expect((text as string).trim().length, `error_${code}_${part}`).toBeGreaterThan(6);
    }
  });

  test.each([
    ['CertificateProblem', 'certificate_problem'],
    ['CertificateWarning', 'certificate_warning'],
    ['JobState', 'job_state'],
    ['Lane', 'lane'],
    ['Missing', 'missing'],
    ['Mode', 'mode'],
    ['PageWarning', 'page_warning'],
    ['PageWarning', 'live'],
    ['PinState', 'pin_state'],
    ['ScanFeed', 'scan_feed'],
    ['SigningRole', 'signing_role'],
    ['SigningStep', 'signing_step'],
    ['UnfinishedState', 'unfinished_state'],
    ['FileVerdict', 'verify_verdict'],
    ['Headline', 'verify_headline'],
    ['SignedContent', 'verify_content'],
    ['LaterChanges', 'verify_changes'],
    ['SignerTrust', 'verify_trust'],
    ['Revocation', 'verify_revocation'],
    ['RegisterMatch', 'verify_register_match']
  ])('has a word for every %s', (type, prefix) => {
    for (const code of codes(type)) expect(catalogue[`${prefix}_${code}`], `${prefix}_${code}`).toBeTruthy();
  });

  test('has a text for everything that can stand between a copy and the warehouse', () => {
    const source = read('../../src-tauri/crates/portal/src/error.rs');
    const named = [...source.matchAll(/Self::\w+(?: \{ \.\. \})? => "([a-z-]+)"/g)].map(([, code]) => code as string);
    expect(named.length).toBeGreaterThan(10);
    for (const code of named) {
      const key = `upload_problem_${code.replaceAll('-', '_')}`;
      expect(catalogue[`${key}_heading`], key).toBeTruthy();
      expect(catalogue[`${key}_next`], key).toBeTruthy();
    }
  });

  test('has a sentence for every reason that a verification can give', () => {
    const named = [
      variants('pades/src/verify/report.rs', 'Reason'),
      variants('desk/src/tools/copy.rs', 'RegisterReason')
    ].flat();
    expect(named.length).toBeGreaterThan(30);
    for (const code of named) expect(catalogue[`verify_reason_${code}`], `verify_reason_${code}`).toBeTruthy();
    for (const code of variants('pades/src/verify/report.rs', 'Warning')) expect(catalogue[`verify_warning_${code}`], `verify_warning_${code}`).toBeTruthy();
  });

  test('is in Unicode NFC', () => {
    const text = JSON.stringify(catalogue);
    expect(text).toBe(text.normalize('NFC'));
  });
});

test('both catalogues have the same texts', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(vi).sort());
});

test('a text and its translation take the same parameters', () => {
  for (const [key, message] of Object.entries(vi)) {
    const wanted = placeholders(message as string);
    for (const text of sentences(en[key])) expect([...new Set([...placeholders(text), ...wanted])].sort(), key).toEqual([...new Set(wanted)].sort());
  }
});

test('the Vietnamese catalogue is plain text, so that the command line can read it too', () => {
  for (const [key, message] of Object.entries(vi)) expect(typeof message, key).toBe('string');
});

test('texts of errors take only the parameters that the desk sends', () => {
  for (const code of errorCodes) {
    const shape = new RegExp(`"code": "${code}"(?:, "params": \\{([\\s\\S]*?)\\} \\})?`).exec(bindings)?.[1] ?? '';
    const fields = [...shape.matchAll(/^(\w+): /gm)].map(([, name]) => name);
    for (const part of ['heading', 'explanation', 'next'])
      for (const name of placeholders(vi[`error_${code}_${part}`] as string)) expect(fields, `${code} ${part}`).toContain(name);
  }
});

test('no text calls the officer “bạn”', () => {
  for (const [key, text] of Object.entries(vi)) expect(/\bbạn\b/i.test(text as string), key).toBe(false);
});
