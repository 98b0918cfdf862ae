/** What the whole window knows of the desk: its mode, its status (asked every second and on events), its events. */
import { DeskFault, type AppState, type Backend, type DeskEvent, type SessionView, type Status } from '../backend';

const pollEvery = 1000;

export class Desk {
  app = $state.raw<AppState | null>(null);
  status = $state.raw<Status | null>(null);
  /** False while the desk's own program does not answer. */
  reachable = $state(true);
  /** Why the desk could not be opened at all: another window, a damaged store … Nothing works until that is settled. */
  refusal = $state.raw<DeskFault | null>(null);
  readonly #listeners = new Set<(event: DeskEvent) => void>();
  #asking: Promise<void> | null = null;

  constructor(readonly backend: Backend) {}

  /** Listens and polls until the result is called. */
  start(): () => void {
    const stop = this.backend.onEvent((event) => {
      if (event.topic === 'status' || event.topic === 'queue' || event.topic === 'register' || event.topic === 'waiting') void this.refresh();
      for (const listener of this.#listeners) listener(event);
    });
    void this.refresh();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.refresh();
    }, pollEvery);
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  on(listener: (event: DeskEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for the status; one question at a time. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** A sign-in answers with the session: shown at once, not at the next poll. */
  showSession(session: SessionView): void {
    if (this.status) this.status = { ...this.status, session };
  }

  async #ask(): Promise<void> {
    try {
      this.app ??= await this.backend.call('app_state', {});
      this.status = await this.backend.call('status', {});
      this.reachable = true;
      this.refusal = null;
    } catch (reason) {
      const fault = DeskFault.from(reason);
      this.reachable = fault.code !== 'unreachable';
      if (this.reachable && !this.status) this.refusal = fault;
    }
  }
}
