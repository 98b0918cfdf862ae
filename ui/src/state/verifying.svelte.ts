/** Files being verified, several at a time, and their answers. Kept while the officer looks at other screens. */
import { DeskFault, type Backend, type ReportFormat, type Verification } from '../backend';
import type { Faults } from './faults.svelte';

export interface VerifiedFile {
  key: number;
  name: string;
  state: 'waiting' | 'working' | 'done' | 'failed';
  answer: Verification | null;
  fault: DeskFault | null;
}

/** At one time: enough to keep a small computer busy without making it wait for memory. */
const atOnce = 4;

export class Verifying {
  files = $state.raw<readonly VerifiedFile[]>([]);
  selected = $state<number | null>(null);
  /** Largest file the desk takes, bytes. */
  largestFile = Number.POSITIVE_INFINITY;
  /** Where the last report was written. */
  saved = $state('');

  #next = 1;
  #line: { key: number; read: () => Promise<Verification> }[] = [];
  #busy = 0;

  constructor(
    readonly backend: Backend,
    readonly faults: Faults
  ) {}

  get chosen(): VerifiedFile | null {
    return this.files.find(({ key }) => key === this.selected) ?? null;
  }

  get done(): number {
    return this.files.filter(({ state }) => state === 'done' || state === 'failed').length;
  }

  get answers(): readonly Verification[] {
    return this.files.flatMap(({ answer }) => (answer ? [answer] : []));
  }

  add(files: readonly File[]): void {
    for (const file of files)
      this.#put(file.name, async () => {
        if (file.size > this.largestFile) throw new DeskFault('picture_too_large', { name: file.name });
        const blob = await this.backend.upload(file, file.name);
        return this.backend.call('verify_file', { blob, name: file.name });
      });
  }

  /** The file of a finished copy, as it lies in the register. */
  addCopy(copy: string, name: string): void {
    this.selected = this.#put(name, () => this.backend.call('verify_copy', { copy }));
  }

  clear(): void {
    this.#line = [];
    this.files = [];
    this.selected = null;
    this.saved = '';
  }

  async save(answers: readonly Verification[], format: ReportFormat): Promise<void> {
    this.saved = '';
    try {
      const verifications = answers.map(({ id }) => id);
      this.saved = (await this.backend.call('verify_save', { verifications, format })).path;
    } catch (fault) {
      this.faults.show(fault);
    }
  }

  #put(name: string, read: () => Promise<Verification>): number {
    const key = this.#next++;
    this.files = [...this.files, { key, name, state: 'waiting', answer: null, fault: null }];
    this.selected ??= key;
    this.saved = '';
    this.#line.push({ key, read });
    void this.#work();
    return key;
  }

  async #work(): Promise<void> {
    const next = this.#busy < atOnce ? this.#line.shift() : undefined;
    if (!next) return;
    this.#busy += 1;
    this.#change(next.key, { state: 'working' });
    try {
      const answer = await next.read();
      this.#change(next.key, { state: 'done', answer, name: answer.name });
    } catch (reason) {
      this.#change(next.key, { state: 'failed', fault: DeskFault.from(reason) });
    } finally {
      this.#busy -= 1;
      void this.#work();
    }
  }

  #change(key: number, part: Partial<VerifiedFile>): void {
    this.files = this.files.map((file) => (file.key === key ? { ...file, ...part } : file));
  }
}
