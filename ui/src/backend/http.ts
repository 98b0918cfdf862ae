/** The loopback HTTP host: the same commands over fetch, events over server-sent events. */
import { DeskFault, type Backend } from './backend';
import type { DeskEvent } from './bindings';
import { outgoing } from './normalise';

async function answer<T>(request: Promise<Response>): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    response = await request;
    body = await response.json();
  } catch (reason) {
    throw DeskFault.from(reason);
  }
  if (!response.ok) throw DeskFault.from(body);
  return body as T;
}

export function httpBackend(base = ''): Backend {
  return {
    call: (command, request) =>
      answer(
        fetch(`${base}/rpc/${command}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(outgoing(command, request))
        })
      ),
    async upload(file, name) {
      const address = `${base}/upload?name=${encodeURIComponent(name.normalize('NFC'))}`;
      const { blob } = await answer<{ blob: string }>(
        fetch(address, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file })
      );
      return blob;
    },
    url: (path) => `${base}/files/${path}`,
    onEvent(listener) {
      const source = new EventSource(`${base}/events`);
      source.onmessage = ({ data }) => listener(JSON.parse(data) as DeskEvent);
      return () => source.close();
    }
  };
}
