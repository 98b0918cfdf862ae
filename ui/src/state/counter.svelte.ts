/**
 * The case on the counter as the window holds it. The desk owns the case; the window owns only what is being typed.
 * Commands go out one after the other, and typing is sent before anything that depends on it.
 */
import {
  DeskFault,
  type Backend,
  type CaseForm,
  type CaseView,
  type Commands,
  type Missing,
  type PageView,
  type RemovedPage,
  type SignaturePins,
  type SignedCopy,
  type SigningStep
} from '../backend';
import { OutlineHistory } from '../counter/history.svelte';
import type { Faults } from './faults.svelte';
import type { Pins } from './pins.svelte';

type CaseCommand = {
  [C in keyof Commands]: Commands[C]['result'] extends CaseView ? C : never;
}[keyof Commands];

const sendTypedAfter = 300;

export function emptyForm(): CaseForm {
  return {
    requester: { name: '', idNumber: '', address: '', phone: '', email: '' },
    paper: { name: '', number: '', issuer: '', issuedOn: '' },
    copies: 1
  };
}

/** What is typed, and where nothing is, what the desk knows. */
function overlaid(typed: CaseForm, known: CaseForm): { form: CaseForm; differs: boolean } {
  const over = <T extends Record<string, string>>(mine: T, theirs: T): T =>
    ({ ...theirs, ...Object.fromEntries(Object.entries(mine).filter(([, text]) => text)) });
  const form = {
    requester: over(typed.requester, known.requester),
    paper: over(typed.paper, known.paper),
    copies: typed.copies === emptyForm().copies ? known.copies : typed.copies
  };
  return { form, differs: JSON.stringify(form) !== JSON.stringify(known) };
}

export class Counter {
  view = $state.raw<CaseView | null>(null);
  /** What stands in the fields. Never rewritten while the same case is on the counter: the officer may be typing. */
  form = $state<CaseForm>(emptyForm());
  selected = $state<string | null>(null);
  cameraOpen = $state(false);
  scannerOpen = $state(false);
  /** The page is looked at closely: at its own size instead of whole. */
  closeUp = $state(false);
  /** Paper is running; the panel may be closed meanwhile. */
  scanning = $state(false);
  /** Files still being taken in. */
  adding = $state(0);
  /** Largest file the desk takes, bytes; a larger one is refused before it is read. */
  largestFile = Number.POSITIVE_INFINITY;
  signing = $state<SigningStep | null>(null);
  /** F9 was pressed while something was missing: the list is then shown as an alert. */
  blocked = $state(false);

  readonly outlines = new OutlineHistory();

  /** Who the last signed copy was for: people bring several papers, and each gets its own number. */
  #lastRequester: CaseForm['requester'] | null = null;
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #typing: ReturnType<typeof setTimeout> | null = null;
  /** Changes of outlines when a page was last taken out: while there is no further one, that is what is undone first. */
  #takenOutAfter = -1;

  constructor(
    readonly backend: Backend,
    readonly faults: Faults,
    readonly pins: Pins
  ) {}

  get pages(): readonly PageView[] {
    return this.view?.pages ?? [];
  }

  get page(): PageView | null {
    return this.pages.find(({ id }) => id === this.selected) ?? null;
  }

  /** The page that was taken out last and can be put back. */
  get removed(): RemovedPage | null {
    return this.view?.removed.at(-1) ?? null;
  }

  get missing(): readonly Missing[] {
    return this.view?.missing ?? [];
  }

  /** Nothing but the tokens is missing: it may wait to be signed. */
  get mayWait(): boolean {
    return this.view !== null && this.missing.every((code) => code === 'performer' || code === 'agency');
  }

  /** Nothing typed and no page: a new case needs no question. */
  get untouched(): boolean {
    const { requester, paper } = this.form;
    return this.pages.length === 0 && ![...Object.values(requester), ...Object.values(paper)].some(Boolean);
  }

  /** Opens a way in for pages, or closes it when it is open. */
  show(way: 'camera' | 'scanner'): void {
    this.cameraOpen = way === 'camera' && !this.cameraOpen;
    this.scannerOpen = way === 'scanner' && !this.scannerOpen;
  }

  /** One step back on the counter: out of the close-up, else out of the way in that is open. */
  leave(): void {
    if (this.closeUp) this.closeUp = false;
    else this.cameraOpen = this.scannerOpen = false;
  }

  /** Takes a page out; its place goes to the one after it. */
  async takeOut(page: string): Promise<void> {
    const at = this.pages.findIndex(({ id }) => id === page);
    const view = await this.run('page_delete', { page });
    if (!view) return;
    this.#takenOutAfter = this.outlines.changes;
    this.selected = view.pages[Math.min(at, view.pages.length - 1)]?.id ?? null;
  }

  /** Puts the page that was taken out last back. */
  async putBack(): Promise<void> {
    const page = this.removed?.page;
    const view = page ? await this.run('page_restore', {}) : null;
    if (page && view) this.selected = page;
  }

  /** Ctrl+Z: takes back what was done last, a page taken out or a change of this page's outline. */
  undo(page: string | null): Promise<void> {
    const outline = page !== null && this.outlines.can(page) ? page : null;
    const newest = this.#takenOutAfter === this.outlines.changes;
    return this.removed && (newest || !outline) ? this.putBack() : outline ? this.undoOutline(outline) : Promise.resolve();
  }

  /** Takes the last change of a page's outline back. */
  async undoOutline(page: string): Promise<void> {
    const before = this.outlines.take(page);
    if (!before) return;
    const { corners, quarterTurns, needsConfirmation } = before;
    const view = needsConfirmation
      ? await this.run('page_reset', { page })
      : await this.run('page_set_corners', { page, corners });
    const turned = view?.pages.find(({ id }) => id === page)?.quarterTurns ?? quarterTurns;
    const missing = (((quarterTurns - turned) % 4) + 4) % 4;
    if (missing) await this.run('page_rotate', { page, quarterTurns: missing });
  }

  load(): Promise<CaseView | null> {
    return this.run('case_get', {});
  }

  /** After an event: unless an answer with the newest case is on its way anyway. */
  refresh(): void {
    if (this.#waiting === 0 && !this.signing) void this.load();
  }

  typed(): void {
    if (this.#typing) clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.flush(), sendTypedAfter);
  }

  /** Sends what has been typed and not been sent, and waits for the answers that are on their way. */
  async flush(): Promise<void> {
    if (!this.#typing) {
      await this.#line;
      return;
    }
    clearTimeout(this.#typing);
    this.#typing = null;
    await this.run('case_update', $state.snapshot(this.form));
  }

  run<C extends CaseCommand>(command: C, request: Commands[C]['request']): Promise<CaseView | null> {
    return this.#inLine(async () => {
      const view = (await this.backend.call(command, request)) as CaseView;
      this.#show(view);
      return view;
    });
  }

  async attest(attested: boolean): Promise<void> {
    await this.flush();
    await this.run('case_attest', { attested });
  }

  /** Takes files in one by one, in the order of their names as the officer sees them. */
  async addFiles(files: readonly File[]): Promise<void> {
    const ordered = [...files].sort((a, b) => a.name.localeCompare(b.name, 'vi', { numeric: true }));
    this.adding += ordered.length;
    for (const file of ordered) {
      await this.#adding(async () => {
        if (file.size > this.largestFile) throw new DeskFault('picture_too_large', { name: file.name });
        const blob = await this.backend.upload(file, file.name);
        return this.backend.call('page_add', { blob, name: file.name });
      });
      this.adding -= 1;
    }
  }

  async shoot(camera: string): Promise<boolean> {
    this.adding += 1;
    try {
      return await this.#adding(() => this.backend.call('camera_shoot', { camera }));
    } finally {
      this.adding -= 1;
    }
  }

  /** The next page that wants an eye, else the next page. */
  selectNext(): PageView | null {
    const at = this.pages.findIndex(({ id }) => id === this.selected);
    const following = [...this.pages.slice(at + 1), ...this.pages.slice(0, at + 1)];
    const next = following.find((page) => page.needsConfirmation) ?? following[0] ?? null;
    this.selected = next?.id ?? null;
    return next;
  }

  /** A new case; `keepRequester` for the next paper of the same person. */
  async start(keepRequester = false): Promise<void> {
    const requester = this.#lastRequester;
    this.#dropTyped();
    const view = await this.run('case_discard', {});
    if (view && keepRequester && requester) {
      this.form.requester = { ...requester };
      await this.run('case_update', $state.snapshot(this.form));
    }
    this.blocked = false;
    this.cameraOpen = false;
    this.scannerOpen = false;
  }

  /** F9. The copy, or null when something is missing or went wrong (then `blocked` or a fault says so). */
  async sign(): Promise<SignedCopy | null> {
    if (this.signing) return null;
    await this.flush();
    const view = await this.load();
    this.blocked = (view?.missing.length ?? 0) > 0;
    if (!view || this.blocked) return null;
    const requester = $state.snapshot(this.form.requester);
    const copy = await this.#signing((pins) => this.backend.call('case_sign', { pins }));
    if (copy) this.#lastRequester = requester;
    return copy;
  }

  /** Sets the case aside to be signed later; whether the counter is free. */
  async setAside(): Promise<boolean> {
    await this.flush();
    const requester = $state.snapshot(this.form.requester);
    const done = (await this.run('case_set_aside', {})) !== null;
    if (done) this.#lastRequester = requester;
    return done;
  }

  /** Carries a half-done act on. */
  resume(copy: string): Promise<SignedCopy | null> {
    return this.#signing((pins) => this.backend.call('unfinished_resume', { copy, pins }));
  }

  async #signing(sign: (pins: SignaturePins) => Promise<SignedCopy>): Promise<SignedCopy | null> {
    const pins = await this.pins.ask();
    if (!pins) return null;
    this.signing = 'number';
    this.faults.clear();
    try {
      return await this.#inLine(() => sign(pins));
    } finally {
      this.signing = null;
      void this.load();
    }
  }

  async #adding(act: () => Promise<CaseView>): Promise<boolean> {
    const before = new Set(this.pages.map(({ id }) => id));
    const view = await this.#inLine(async () => {
      const answer = await act();
      this.#show(answer);
      return answer;
    });
    const fresh = view?.pages.filter(({ id }) => !before.has(id)) ?? [];
    const chosen = fresh.find((page) => page.needsConfirmation) ?? fresh.at(-1);
    if (chosen) this.selected = chosen.id;
    return view !== null;
  }

  async #inLine<T>(act: () => Promise<T>): Promise<T | null> {
    this.#waiting += 1;
    const turn = this.#line.then(act);
    this.#line = turn.catch(() => undefined);
    try {
      return await turn;
    } catch (reason) {
      this.faults.show(reason);
      return null;
    } finally {
      this.#waiting -= 1;
    }
  }

  #dropTyped(): void {
    if (this.#typing) clearTimeout(this.#typing);
    this.#typing = null;
  }

  #show(view: CaseView): void {
    if (!this.view) {
      // The officer was quicker than the desk's first answer: what is typed and opened stays.
      const typed = overlaid(this.form, view.form);
      this.form = typed.form;
      if (typed.differs) this.typed();
    } else if (view.id !== this.view.id) {
      this.form = structuredClone(view.form);
      this.#dropTyped();
      this.outlines.clear();
      this.cameraOpen = false;
      this.scannerOpen = false;
    }
    this.view = view;
    if (!view.missing.length) this.blocked = false;
    if (!view.pages.some(({ id }) => id === this.selected)) this.selected = view.pages.at(-1)?.id ?? null;
  }
}
