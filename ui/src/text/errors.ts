/** A fault in the officer's words: what happened, why, and what to do now. */
import { DeskFault, errorCodes, type ErrorCode, type FaultParams } from '../backend';
import { m } from '../paraglide/messages.js';

export interface FaultText {
  heading: string;
  explanation: string;
  next: string;
}

/** Parameters whose values are codes themselves, with the catalogue prefix of those codes. */
const coded: Record<string, string> = {
  problem: 'certificate_problem_',
  role: 'signing_role_',
  tries: 'pin_tries_',
  missing: 'missing_'
};

type Message = (inputs: Record<string, string>) => string;
const texts = m as unknown as Record<string, Message | undefined>;

function word(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => word(name, item)).join(', ');
  const prefix = coded[name];
  const text = prefix ? texts[`${prefix}${String(value)}`] : undefined;
  return text ? text({}) : String(value ?? '');
}

/** A parameter that did not come reads as nothing rather than as `undefined`. */
function inWords(params: FaultParams): Record<string, string> {
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' && name in params ? word(name, params[name]) : '–') });
}

export function isErrorCode(code: string): code is ErrorCode {
  return (errorCodes as readonly string[]).includes(code);
}

export function faultText(fault: DeskFault): FaultText {
  const known = fault.code === 'unreachable' || isErrorCode(fault.code);
  const code = known ? fault.code : 'internal';
  const inputs = inWords(known ? fault.params : { detail: fault.code });
  return {
    heading: (m[`error_${code}_heading`] as Message)(inputs),
    explanation: (m[`error_${code}_explanation`] as Message)(inputs),
    next: (m[`error_${code}_next`] as Message)(inputs)
  };
}

/** The short form for lists that carry only a code. */
export const codeText = (code: string, params: FaultParams = {}): FaultText =>
  faultText(new DeskFault(code as ErrorCode, params));

/** What can stand between a copy and the warehouse, as the queue names it. `tests/messages.test.ts` holds it to the desk. */
export const uploadProblems = [
  'unreachable',
  'timed-out',
  'warehouse-busy',
  'warehouse-failed',
  'storage-failed',
  'captive-portal',
  'redirect-refused',
  'certificate-refused',
  'clock-wrong',
  'desk-refused',
  'settings-invalid',
  'copy-refused',
  'copy-damaged',
  'receipt-forged',
  'receipt-mismatch',
  'another-copy-stored'
] as const;

type Underscored<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}_${Underscored<Tail>}` : S;
type UploadProblem = (typeof uploadProblems)[number];

export function uploadProblemText(problem: string): { heading: string; next: string } {
  const known = (uploadProblems as readonly string[]).includes(problem);
  const code = (known ? problem.replaceAll('-', '_') : 'unknown') as Underscored<UploadProblem> | 'unknown';
  return { heading: m[`upload_problem_${code}_heading`](), next: m[`upload_problem_${code}_next`]() };
}
