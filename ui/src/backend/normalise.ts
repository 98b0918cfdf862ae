/** Text leaves the window in Unicode NFC, whatever the input method composed. */
export function nfc<T>(value: T): T {
  if (typeof value === 'string') return value.normalize('NFC') as T;
  if (Array.isArray(value)) return value.map(nfc) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nfc(inner)])) as T;
  }
  return value;
}

/** Requests that may hold a PIN, and nothing else that was typed. */
const withPin = ['session_open', 'case_sign', 'unfinished_resume'];

/** The request as it is sent. A PIN is not text: it goes to the token exactly as typed. */
export function outgoing(command: string, request: unknown): unknown {
  return withPin.includes(command) ? request : nfc(request);
}
