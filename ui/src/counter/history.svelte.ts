/** Outlines as they were before each change by hand, page by page, so that every one can be taken back. */
import { SvelteMap } from 'svelte/reactivity';
import type { PageView } from '../backend';
import type { Quad } from './geometry';

export interface Outline {
  corners: Quad | null;
  quarterTurns: number;
  /** The detector's own, not yet confirmed: to come back to it is to detect anew, so that it asks for an eye again. */
  needsConfirmation: boolean;
}

/** More than anybody takes back. */
const kept = 100;

export class OutlineHistory {
  #before = new SvelteMap<string, readonly Outline[]>();
  /** Changes so far: tells what came after what. */
  changes = 0;

  /** Before a change; `corners` where the hand is ahead of the desk. */
  remember(page: PageView, corners = page.corners as Quad | null): void {
    const { id, quarterTurns, needsConfirmation } = page;
    this.changes += 1;
    this.#before.set(id, [...(this.#before.get(id) ?? []), { corners, quarterTurns, needsConfirmation }].slice(-kept));
  }

  can(page: string): boolean {
    return (this.#before.get(page)?.length ?? 0) > 0;
  }

  take(page: string): Outline | null {
    const outlines = this.#before.get(page) ?? [];
    this.#before.set(page, outlines.slice(0, -1));
    return outlines.at(-1) ?? null;
  }

  clear(): void {
    this.#before.clear();
  }
}
