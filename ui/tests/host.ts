/** The loopback HTTP host's protocol over the double, so that the real `http.ts` is under test and development. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeskFault, type Commands } from '../src/backend';
import { Double } from './double';

type Next = () => void;

async function body(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

export function middleware(desk = new Double().busy()): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  desk.stepPause ||= 500;
  return (request, response, next) => {
    const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const refuse = (reason: unknown) => {
      const { code, params } = DeskFault.from(reason);
      json(409, { code, params });
    };
    if (pathname.startsWith('/rpc/')) {
      const command = pathname.slice(5) as keyof Commands;
      body(request)
        .then((text) => desk.call(command, JSON.parse(text) as never))
        .then((answer) => json(200, answer), refuse);
    } else if (pathname === '/upload') {
      const name = searchParams.get('name') ?? '';
      request.resume();
      desk.upload(new Blob(), name).then((blob) => json(200, { blob }), refuse);
    } else if (pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const stop = desk.onEvent((event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
      request.on('close', stop);
    } else if (pathname.startsWith('/files/')) {
      try {
        const file = desk.file(decodeURIComponent(pathname.slice(7)) + search);
        response.writeHead(200, { 'content-type': file.type }).end(file.body);
      } catch {
        response.writeHead(404).end();
      }
    } else next();
  };
}
