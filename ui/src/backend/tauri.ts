/** The desktop shell: one command for everything, one for raw bytes, one event, one address scheme for pictures. */
import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { DeskFault, type Backend } from './backend';
import type { DeskEvent } from './bindings';
import { outgoing } from './normalise';

export function tauriBackend(): Backend {
  // convertFileSrc knows the form of the address on each system but would encode our slashes: take its origin only.
  const origin = convertFileSrc('', 'mocban');
  return {
    async call(command, request) {
      try {
        return await invoke('rpc', { command, payload: outgoing(command, request) });
      } catch (reason) {
        throw DeskFault.from(reason);
      }
    },
    async upload(file, name) {
      try {
        const bytes = new Uint8Array(await file.arrayBuffer());
        return await invoke<string>('upload', bytes, { headers: { name: encodeURIComponent(name.normalize('NFC')) } });
      } catch (reason) {
        throw DeskFault.from(reason);
      }
    },
    url: (path) => origin + path,
    onEvent(listener) {
      const stop = listen<DeskEvent>('desk', ({ payload }) => listener(payload));
      return () => void stop.then((unlisten) => unlisten());
    }
  };
}
