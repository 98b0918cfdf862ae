/** Faults waiting to be read. The newest replaces one with the same code and words; each stays until put away. */
import { DeskFault } from '../backend';

export interface ShownFault {
  key: number;
  fault: DeskFault;
}

export class Faults {
  list = $state.raw<readonly ShownFault[]>([]);
  #next = 1;

  show(reason: unknown): void {
    const fault = DeskFault.from(reason);
    const same = (other: DeskFault) =>
      other.code === fault.code && JSON.stringify(other.params) === JSON.stringify(fault.params);
    this.list = [...this.list.filter((shown) => !same(shown.fault)), { key: this.#next++, fault }].slice(-4);
  }

  dismiss(key: number): void {
    this.list = this.list.filter((shown) => shown.key !== key);
  }

  clear(): void {
    this.list = [];
  }
}
