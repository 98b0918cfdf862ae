/** Where the officer is: one window, seven screens, no addresses. */
export type Screen = 'counter' | 'register' | 'queue' | 'signIn' | 'verify' | 'waiting' | 'copy';

export class Place {
  screen = $state<Screen>('counter');
  /** The copy on the copy screen. */
  copy = $state<string | null>(null);
  /** The copy was signed just now, rather than looked up. */
  fresh = $state(false);
  /** Back leads here. */
  #before: Screen = 'counter';

  go(screen: Exclude<Screen, 'copy'>): void {
    if (screen !== this.screen) this.#before = this.screen === 'copy' ? 'counter' : this.screen;
    this.screen = screen;
  }

  showCopy(copy: string, fresh: boolean): void {
    if (this.screen !== 'copy') this.#before = this.screen;
    this.copy = copy;
    this.fresh = fresh;
    this.screen = 'copy';
  }

  /** Esc: one step back, in the end to the counter. */
  back(): void {
    const target = this.screen === 'copy' ? this.#before : 'counter';
    this.screen = target === 'copy' ? 'counter' : target;
    this.#before = 'counter';
  }
}
