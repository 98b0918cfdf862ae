/** The only way to the desk. The shell's code is fetched only where there is a shell. */
import type { Backend } from './backend';

export * from './backend';
export * from './bindings';

export async function openBackend(): Promise<Backend> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauriBackend();
  return (await import('./http')).httpBackend();
}
