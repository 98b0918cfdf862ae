/** The language of the window. A rune, so every text on the screen follows a change and nothing is re-mounted or lost. */
import { overwriteGetLocale, overwriteSetLocale, type Locale } from '../paraglide/runtime.js';

const stored = 'mocban.locale';
let current = $state<Locale>(read());

function read(): Locale {
  try {
    return localStorage.getItem(stored) === 'en' ? 'en' : 'vi';
  } catch {
    return 'vi';
  }
}

overwriteGetLocale(() => current);
overwriteSetLocale((next) => setLocale(next as Locale));
document.documentElement.lang = read();

export function locale(): Locale {
  return current;
}

export function setLocale(next: Locale): void {
  current = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(stored, next);
  } catch {
    // A window without storage forgets the choice; nothing else depends on it.
  }
}
