/** What a verification says, in words and in a colour that never stands alone. */
import type {
  FileVerdict,
  Headline,
  LaterChanges,
  ReasonView,
  RegisterMatch,
  Revocation,
  SignatureView,
  SignedContent,
  SignerTrust
} from '../backend';
import { m } from '../paraglide/messages.js';
import { moment } from './format';

export type Tone = 'good' | 'warn' | 'bad' | 'calm';

export const verdictWord = (code: FileVerdict): string => m[`verify_verdict_${code}`]();
export const headlineText = (code: Headline): string => m[`verify_headline_${code}`]();
export const contentWord = (code: SignedContent): string => m[`verify_content_${code}`]();
export const changesWord = (code: LaterChanges): string => m[`verify_changes_${code}`]();
export const trustWord = (code: SignerTrust): string => m[`verify_trust_${code}`]();
export const revocationWord = (code: Revocation): string => m[`verify_revocation_${code}`]();
export const registerWord = (code: RegisterMatch): string => m[`verify_register_match_${code}`]();

export const verdictTone: Readonly<Record<FileVerdict, Tone>> = {
  valid: 'good',
  invalid: 'bad',
  undetermined: 'warn',
  unsigned: 'calm'
};
export const contentTone: Readonly<Record<SignedContent, Tone>> = { intact: 'good', altered: 'bad', unreadable: 'bad', none: 'bad' };
export const changesTone: Readonly<Record<LaterChanges, Tone>> = { none: 'good', permitted: 'good', unknown: 'warn', forbidden: 'bad' };
export const trustTone: Readonly<Record<SignerTrust, Tone>> = {
  trusted: 'good',
  unknown: 'warn',
  expired: 'warn',
  untrusted: 'warn',
  revoked: 'bad'
};

export const revocationTone: Readonly<Record<Revocation, Tone>> = { good: 'good', unknown: 'calm', revoked: 'bad' };

/** What to do about it; a valid file needs nothing. */
export function advice(verdict: FileVerdict): string {
  return verdict === 'valid' ? '' : m[`verify_advice_${verdict}`]();
}

export function timeNote({ time, provedTime, timestamps }: SignatureView): string {
  if (provedTime) return m.verify_time_attested();
  if (timestamps.length) return m.verify_time_unproved();
  return time ? m.verify_time_claimed() : m.verify_time_none();
}

type Message = (inputs: Record<string, string>) => string;

/** The desk may know reasons that this catalogue does not: they are named by their code. */
function told(text: Message | undefined, { code, params }: ReasonView): string {
  const words = Object.entries(params).map(([name, value]) => [name, /^\d{4}-\d{2}-\d{2}T/.test(value ?? '') ? moment(value ?? '') : value]);
  return text ? text(Object.fromEntries(words)) : m.verify_reason_unknown({ code });
}

const texts = m as unknown as Record<string, Message | undefined>;
export const reasonText = (reason: ReasonView): string => told(texts[`verify_reason_${reason.code}`], reason);
export const warningText = (warning: ReasonView): string => told(texts[`verify_warning_${warning.code}`], warning);
