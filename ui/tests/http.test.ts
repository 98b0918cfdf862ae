// @vitest-environment node
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeskFault } from '../src/backend/backend';
import { httpBackend } from '../src/backend/http';
import { outgoing } from '../src/backend/normalise';
import { Double } from './double';
import { middleware } from './host';

const desk = new Double();
const answer = middleware(desk);
const server = createServer((request, response) => answer(request, response, () => response.writeHead(404).end()));
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test('a command goes out as JSON and its result comes back', async () => {
  expect((await httpBackend(base).call('app_state', {})).mode).toBe('training');
});

test('a refusal arrives as a fault with its parameters', async () => {
  desk.failNext.set('case_sign', new DeskFault('not_signed_in', { role: 'agency' }));
  const refused = await httpBackend(base).call('case_sign', {}).catch((reason: unknown) => reason);
  expect(refused).toBeInstanceOf(DeskFault);
  expect(refused).toMatchObject({ code: 'not_signed_in', params: { role: 'agency' } });
});

test('a host that is not there is told apart from a desk that refuses', async () => {
  const refused = await httpBackend('http://127.0.0.1:9').call('status', {}).catch((reason: unknown) => reason);
  expect(refused).toMatchObject({ code: 'unreachable' });
});

test('a file is uploaded under its own name', async () => {
  expect(await httpBackend(base).upload(new Blob(['x']), 'Giấy khai sinh.jpg')).toBe('blob-Giấy khai sinh.jpg');
});

test('names leave the window composed, a PIN exactly as typed', () => {
  const typed = 'Nguyễn'.normalize('NFD');
  expect(outgoing('case_update', { requester: { name: typed }, list: [typed] })).toEqual({
    requester: { name: 'Nguyễn'.normalize('NFC') },
    list: ['Nguyễn'.normalize('NFC')]
  });
  expect(outgoing('session_open', { pin: typed })).toEqual({ pin: typed });
  expect(outgoing('case_sign', { pins: { performer: typed } })).toEqual({ pins: { performer: typed } });
});
