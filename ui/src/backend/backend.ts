/** What the window asks of the desk. Two hosts answer it: the desktop shell and the loopback HTTP host. */
import type { Commands, DeskError, DeskEvent } from './bindings';

export interface Backend {
  /** Runs one command. Rejects with a {@link DeskFault}. */
  call<C extends keyof Commands>(command: C, request: Commands[C]['request']): Promise<Commands[C]['result']>;
  /** Puts a file down and gives its handle for `page_add`. Rejects with a {@link DeskFault}. */
  upload(file: Blob, name: string): Promise<string>;
  /** Address of a picture or file: `page/<id>/original/<revision>`, `camera/<id>/preview?t=<n>`, `copy/<id>/file` … */
  url(path: string): string;
  /** Hears what happens at the desk; the result stops listening. */
  onEvent(listener: (event: DeskEvent) => void): () => void;
}

export type ErrorCode = DeskError['code'];
export type FaultParams = Readonly<Record<string, unknown>>;

/** A failed call: a code of the desk, or `unreachable` when the desk itself did not answer. */
export class DeskFault extends Error {
  constructor(
    readonly code: ErrorCode | 'unreachable',
    readonly params: FaultParams = {}
  ) {
    super(code);
    this.name = 'DeskFault';
  }

  /** Reads what a host rejected with. Anything that is not `{code, params}` means the host is not there. */
  static from(reason: unknown): DeskFault {
    if (reason instanceof DeskFault) return reason;
    if (typeof reason === 'object' && reason !== null && 'code' in reason && typeof reason.code === 'string') {
      const params = 'params' in reason && typeof reason.params === 'object' ? reason.params : null;
      return new DeskFault(reason.code as ErrorCode, (params ?? {}) as FaultParams);
    }
    return new DeskFault('unreachable', { detail: String(reason) });
  }
}
