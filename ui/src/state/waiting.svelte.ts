/** Cases set aside to be signed: the list, which of them are chosen, and the signing of many by one PIN entry. */
import { SvelteSet } from 'svelte/reactivity';
import { DeskFault, type Backend, type CaseOutcome, type SigningStep, type WaitingView } from '../backend';
import type { Faults } from './faults.svelte';
import type { Pins } from './pins.svelte';

/** What became of a case, with the words to know it by. */
export interface Outcome {
  case: WaitingView;
  number: string | null;
  fault: DeskFault | null;
}

interface Batch {
  cases: readonly WaitingView[];
  step: SigningStep;
  /** No further case is begun. */
  stopping: boolean;
}

export class Waiting {
  cases = $state.raw<readonly WaitingView[] | null>(null);
  /** Left out of the next signing; whatever is new is in. */
  readonly leftOut = new SvelteSet<string>();
  /** Looked at beside the list. */
  shown = $state<string | null>(null);
  batch = $state<Batch | null>(null);
  outcomes = $state.raw<readonly Outcome[]>([]);

  constructor(
    readonly backend: Backend,
    readonly faults: Faults,
    readonly pins: Pins
  ) {}

  get chosen(): readonly WaitingView[] {
    return (this.cases ?? []).filter(({ id }) => !this.leftOut.has(id));
  }

  /** Which case of the batch is under way, from 1: each leaves the list when it gets its number. */
  get underWay(): number {
    const left = new Set(this.cases?.map(({ id }) => id));
    return Math.max(1, this.batch?.cases.filter(({ id }) => !left.has(id)).length ?? 0);
  }

  async load(): Promise<void> {
    try {
      this.cases = (await this.backend.call('cases_waiting', {})).cases;
    } catch (reason) {
      this.faults.show(reason);
    }
    if (!this.cases?.some(({ id }) => id === this.shown)) this.shown = this.cases?.[0]?.id ?? null;
  }

  choose(id: string, chosen: boolean): void {
    if (chosen) this.leftOut.delete(id);
    else this.leftOut.add(id);
  }

  chooseAll(chosen: boolean): void {
    for (const { id } of this.cases ?? []) this.choose(id, chosen);
  }

  async sign(): Promise<void> {
    const cases = this.chosen;
    if (!cases.length || this.batch) return;
    const pins = await this.pins.ask(cases.length);
    if (!pins) return;
    this.batch = { cases, step: 'number', stopping: false };
    this.faults.clear();
    this.outcomes = [];
    try {
      const { outcomes } = await this.backend.call('cases_sign', { cases: cases.map(({ id }) => id), pins });
      this.outcomes = outcomes.flatMap((outcome) => named(outcome, cases));
    } catch (reason) {
      this.faults.show(reason);
    } finally {
      this.batch = null;
      await this.load();
    }
  }

  async stop(): Promise<void> {
    if (!this.batch) return;
    this.batch.stopping = true;
    await this.backend.call('cases_stop', {}).catch((reason) => this.faults.show(reason));
  }
}

function named({ case: id, number, fault }: CaseOutcome, cases: readonly WaitingView[]): Outcome[] {
  const known = cases.find((one) => one.id === id);
  return known ? [{ case: known, number, fault: fault && DeskFault.from(fault) }] : [];
}
