import { expect, test } from 'vitest';
import { DeskFault } from '../src/backend';
import { age, bytes, date, faultText, moment, money, parseDate, setLocale, shiftDay } from '../src/text';

test('dates and times are written as the desk means them', () => {
  expect(date('2026-02-05')).toBe('05/02/2026');
  expect(moment('2026-02-05T23:59:07+07:00')).toBe('23:59 05/02/2026');
});

test.each([
  ['5/2/2026', '2026-02-05'],
  ['05.02.2026', '2026-02-05'],
  ['05022026', '2026-02-05'],
  ['29/02/2024', '2024-02-29'],
  ['29/02/2026', ''],
  ['31/04/2026', ''],
  ['2026-02-05', ''],
  ['hôm qua', '']
])('the typed date %s is read as “%s”', (typed, iso) => expect(parseDate(typed)).toBe(iso));

test('a day is shifted over the end of a year', () => {
  expect(shiftDay('2025-12-31', 1)).toBe('2026-01-01');
  expect(shiftDay('2026-03-01', -1)).toBe('2026-02-28');
});

test('money, sizes and ages follow the language', () => {
  expect(money(1234000)).toBe('1.234.000 đồng');
  expect(bytes(3_400_000)).toBe('3,2 MB');
  expect(age(4980)).toBe('1 giờ 23 phút');
  setLocale('en');
  expect(money(1234000)).toBe('1,234,000 đồng');
  expect(age(60)).toBe('1 minute');
  expect(age(120)).toBe('2 minutes');
});

test('codes inside a fault are put into words, in the language of the window', () => {
  const fault = new DeskFault('case_incomplete', { missing: ['paperName', 'attestation'] });
  expect(faultText(fault).explanation).toContain('Nhập tên giấy tờ, văn bản, Xác nhận đã đối chiếu bản chính');
  expect(faultText(new DeskFault('certificate_unsuitable', { problem: 'expired' })).explanation).toBe('Chứng thư số đã hết hạn.');
  setLocale('en');
  expect(faultText(fault).explanation).toContain('Enter the name of the paper');
});

test('an unknown code is a fault of the program, with the code in sight', () => {
  expect(faultText(new DeskFault('brand_new' as never)).explanation).toContain('brand_new');
});
