/**
 * The keys of the window. Function keys and Alt+digit only: bare letters belong to the fields and to the Vietnamese
 * input method, whose compositions are never touched. The web view's own accelerators (reload, print, caret
 * browsing …) are kept from happening, because each of them would lose the paper on the counter.
 */
export type Act =
  | 'keys'
  | 'newCase'
  | 'samePerson'
  | 'addFiles'
  | 'camera'
  | 'scanner'
  | 'nextPage'
  | 'closeUp'
  | 'checkAnswers'
  | 'sign'
  | 'setAside'
  | 'register'
  | 'back'
  | 'goCounter'
  | 'goRegister'
  | 'goQueue'
  | 'goSignIn'
  | 'goVerify'
  | 'goWaiting';

/** What is printed on the control, and the act. */
export const keyOf: Readonly<Record<Act, string>> = {
  keys: 'F1',
  newCase: 'F2',
  samePerson: 'Shift+F2',
  addFiles: 'F3',
  camera: 'F4',
  scanner: 'F5',
  nextPage: 'F6',
  closeUp: 'F7',
  checkAnswers: 'F8',
  sign: 'F9',
  setAside: 'Shift+F9',
  register: 'F10',
  back: 'Esc',
  goCounter: 'Alt+1',
  goRegister: 'Alt+2',
  goQueue: 'Alt+3',
  goSignIn: 'Alt+4',
  goVerify: 'Alt+5',
  goWaiting: 'Alt+6'
};

const actOf = new Map(Object.entries(keyOf).map(([act, key]) => [key, act as Act]));

function nameOf(event: KeyboardEvent): string {
  // Digits by their place on the keyboard: Alt may change the character.
  const key = event.code.startsWith('Digit') ? event.code.slice(5) : event.key === 'Escape' ? 'Esc' : event.key;
  const modifiers = [event.ctrlKey && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift', event.metaKey && 'Meta'];
  return [...modifiers.filter(Boolean), key.length === 1 ? key.toUpperCase() : key].join('+');
}

const accelerators = new Set(['Ctrl+F5', 'Shift+F5', 'Ctrl+R', 'Ctrl+Shift+R', 'Ctrl+P', 'Meta+R', 'Meta+P']);
// The browser's "back" would leave the window.
const historyKeys = new Set(['Alt+ArrowLeft', 'Alt+ArrowRight']);

/** Starts hearing keys; the result stops. Bind once, on the window, in the capture phase. */
export function listenForKeys(run: (act: Act) => void): () => void {
  const heard = (event: KeyboardEvent) => {
    if (event.isComposing || event.keyCode === 229) return;
    const name = nameOf(event);
    if (accelerators.has(name) || historyKeys.has(name)) return event.preventDefault();
    const act = actOf.get(name);
    if (!act) return;
    const modal = document.querySelector('dialog:modal') !== null;
    // Esc in a dialog is the dialog's own; other keys wait until it is closed.
    if (act === 'back' && modal) return;
    event.preventDefault();
    if (!event.repeat && !modal) run(act);
  };
  window.addEventListener('keydown', heard, { capture: true });
  return () => window.removeEventListener('keydown', heard, { capture: true });
}
