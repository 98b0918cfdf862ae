/** Dates, money and sizes as the desk writes them. The desk's times carry +07:00, so their digits are Vietnam time. */
import { m } from '../paraglide/messages.js';
import { locale } from './locale.svelte';

function numbers(digits = 0): Intl.NumberFormat {
  return new Intl.NumberFormat(locale() === 'vi' ? 'vi-VN' : 'en-GB', { maximumFractionDigits: digits });
}

/** Text for searching: without marks, case and the difference between đ and d. */
export const plain = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();

export const count = (n: number, digits = 0): string => numbers(digits).format(n);
export const money = (dong: number): string => m.money({ amount: numbers().format(dong) });

/** `2026-11-21…` → `21/11/2026`. */
export function date(iso: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso) ?? [];
  return year ? `${day}/${month}/${year}` : '';
}

/** `…T18:38:46+07:00` → `18:38`. */
export const time = (iso: string): string => /T(\d{2}:\d{2})/.exec(iso)?.[1] ?? '';
/** Time with seconds, for a running clock. */
export const clock = (iso: string): string => /T(\d{2}:\d{2}:\d{2})/.exec(iso)?.[1] ?? '';
export const moment = (iso: string): string => `${time(iso)} ${date(iso)}`.trim();

/** What an officer types as a date (`1/2/2020`, `01.02.2020`, `01022020`) → `2020-02-01`; '' when it is none. */
export function parseDate(typed: string): string {
  const parts = /^\s*(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})\s*$/.exec(typed) ?? /^\s*(\d{2})(\d{2})(\d{4})\s*$/.exec(typed);
  if (!parts) return '';
  const [day, month, year] = parts.slice(1).map(Number) as [number, number, number];
  const real = new Date(Date.UTC(year, month - 1, day));
  if (real.getUTCDate() !== day || real.getUTCMonth() !== month - 1) return '';
  return real.toISOString().slice(0, 10);
}

/** A day further on or back, ISO. */
export function shiftDay(iso: string, days: number): string {
  const day = new Date(`${iso}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

export function bytes(n: number): string {
  if (n < 1024 * 1024) return `${numbers().format(Math.ceil(n / 1024))} KB`;
  return `${numbers(1).format(n / 1024 / 1024)} MB`;
}

export function age(seconds: number): string {
  if (seconds < 60) return m.age_seconds({ n: Math.floor(seconds) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return m.age_minutes({ n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return m.age_hours({ hours, minutes: minutes % 60 });
  return m.age_days({ n: Math.floor(hours / 24) });
}
