/**
 * The PINs of keys that want theirs for each signature. Asked for before a number is taken, one entry for one copy or one
 * batch; they live in the dialog's fields and in the request only.
 */
import type { HolderView, SessionView, SignaturePins, SigningRole } from '../backend';

export interface PinRequest {
  holders: { role: SigningRole; holder: HolderView }[];
  /** How many cases they are for. */
  cases: number;
}

export class Pins {
  /** What the dialog asks for; null while nothing is asked. */
  asked = $state.raw<PinRequest | null>(null);
  #answer: ((pins: SignaturePins | null) => void) | null = null;

  constructor(readonly session: () => SessionView | null) {}

  /** The PINs for so many cases; nothing where no key wants any; null when the officer leaves the dialog. */
  ask(cases = 1): Promise<SignaturePins | null> {
    const session = this.session();
    const holders = (['performer', 'agency'] as const).flatMap((role) => {
      const holder = session?.[role];
      return holder?.pinForEachSignature && !holder.pinPad ? [{ role, holder }] : [];
    });
    if (!holders.length) return Promise.resolve({});
    this.asked = { holders, cases };
    return new Promise((resolve) => (this.#answer = resolve));
  }

  give(pins: SignaturePins | null): void {
    this.asked = null;
    this.#answer?.(pins);
    this.#answer = null;
  }
}
