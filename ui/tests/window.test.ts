import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import App from '../src/App.svelte';
import { DeskFault, type CaseForm, type Commands } from '../src/backend';
import { testid } from '../src/testids';
import { Double } from './double';

const id = (name: string) => screen.getByTestId(name);
const find = (name: string) => screen.findByTestId(name);

async function open(desk = new Double()) {
  const user = userEvent.setup();
  render(App, { backend: desk });
  await find(testid.stripBook);
  await waitFor(() => expect(desk.calls.some(({ command }) => command === 'case_get')).toBe(true));
  return { desk, user };
}

const count = (desk: Double, command: string) => desk.calls.filter((call) => call.command === command).length;

test('the whole main job is done with the keyboard alone', async () => {
  const { desk, user } = await open();

  // Sign in: Alt+4, the first token, its PIN; the agency's token follows by itself.
  await user.keyboard('{Alt>}4{/Alt}');
  (await screen.findAllByTestId(testid.tokenChoose))[0]?.focus();
  await user.keyboard('{Enter}');
  await user.type(await find(testid.pinInput), '12345678{Enter}');
  await waitFor(() => expect(id(testid.pinDialog).textContent).toContain('con dấu'));
  await user.type(id(testid.pinInput), '12345678{Enter}');
  await find(testid.counter);

  // The case: F2 puts the caret into the first field.
  await user.keyboard('{F2}');
  await waitFor(() => expect(document.activeElement).toBe(id(testid.requesterName)));
  await user.keyboard('Nguyễn Thị Minh Khuê{Tab}038095001234');
  // jsdom tabs into closed details; the path through every stop is walked in `browser/window.test.ts`.
  id(testid.paperName).focus();
  await user.keyboard('Giấy khai sinh');

  // F4, the shutter has the focus: one press a page.
  await user.keyboard('{F4}');
  await waitFor(() => expect(document.activeElement).toBe(id(testid.cameraShutter)));
  await user.keyboard(' ');
  expect(await screen.findAllByTestId(testid.thumbnail)).toHaveLength(1);
  await user.keyboard('{Escape}');

  // F6 leads to the page that wants an eye, Enter confirms it.
  await user.keyboard('{F6}');
  await waitFor(() => expect(document.activeElement).toBe(id(testid.confirmOutline)));
  await user.keyboard('{Enter}');
  await waitFor(() => expect(count(desk, 'page_confirm')).toBe(1));

  // F8 leads to the attestation, the space bar attests, F9 signs.
  await user.keyboard('{F8}');
  await waitFor(() => expect(document.activeElement).toBe(id(testid.attestation)));
  await user.keyboard(' ');
  await waitFor(() => expect(screen.queryAllByTestId(testid.missing)).toHaveLength(0));
  await user.keyboard('{F9}');
  expect((await find(testid.copyNumber)).textContent).toBe('218/ĐT');
  await waitFor(() => expect(id(testid.copyQueue).dataset['state']).toBe('ready'));

  // And the next person: F2 without a question.
  await user.keyboard('{F2}');
  await waitFor(() => expect((id(testid.requesterName) as HTMLInputElement).value).toBe(''));
});

test('F9 with something missing signs nothing, says what is missing and leads there', async () => {
  const { desk, user } = await open();
  await user.keyboard('{F9}');
  await find(testid.signBlocked);
  expect(count(desk, 'case_sign')).toBe(0);
  const first = screen.getAllByTestId(testid.missing)[0] as HTMLElement;
  expect(first.dataset['missing']).toBe('requesterName');
  await user.click(first);
  await waitFor(() => expect(document.activeElement).toBe(id(testid.requesterName)));
});

test('typing is sent once it pauses, and before the attestation that depends on it', async () => {
  const { desk, user } = await open(new Double().signIn());
  await user.upload(id(testid.fileInput), new File(['x'], 'trang.jpg'));
  await screen.findByTestId(testid.thumbnail);
  await user.type(id(testid.requesterName), 'Trần Văn Dũng');
  await user.click(id(testid.attestation));
  await waitFor(() => expect(count(desk, 'case_attest')).toBe(1));
  const order = desk.calls.map(({ command }) => command);
  expect(order.indexOf('case_update')).toBeGreaterThan(-1);
  expect(order.indexOf('case_update')).toBeLessThan(order.indexOf('case_attest'));
  expect(count(desk, 'case_update')).toBe(1);
});

/** A desk that answers one command when the test lets it. */
class SlowDesk extends Double {
  #letGo: () => void = () => undefined;
  readonly #held = new Promise<void>((resolve) => (this.#letGo = resolve));

  constructor(readonly slow: keyof Commands) {
    super();
  }

  answer(): void {
    this.#letGo();
  }

  override async call<C extends keyof Commands>(command: C, request: Commands[C]['request']): Promise<Commands[C]['result']> {
    const result = await super.call(command, request);
    if (command === this.slow) await this.#held;
    return result;
  }
}

test('F8 waits for what was typed a moment ago, and then leads to what is really missing', async () => {
  const slow = new SlowDesk('case_update');
  slow.uncertain = false;
  const { desk, user } = await open(slow.signIn());
  await user.upload(id(testid.fileInput), new File(['x'], 'trang.jpg'));
  await screen.findByTestId(testid.thumbnail);
  await user.type(id(testid.requesterName), 'Trần Văn Dũng');
  await user.type(id(testid.requesterId), '038095001234');
  await user.type(id(testid.paperName), 'Giấy khai sinh');
  await waitFor(() => expect(count(desk, 'case_update')).toBeGreaterThan(0));
  // Typed and sent; the answer is on its way.
  await user.keyboard('{F8}');
  await Promise.resolve();
  expect(document.activeElement).toBe(id(testid.paperName));
  slow.answer();
  await waitFor(() => expect(document.activeElement).toBe(id(testid.attestation)));
});

test('the camera that was opened and the name that was typed before the first answer stay', async () => {
  const slow = new SlowDesk('case_get');
  const { desk, user } = await open(slow);
  await user.keyboard('{F4}');
  await waitFor(() => expect(document.activeElement).toBe(id(testid.cameraShutter)));
  await user.type(id(testid.requesterName), 'Trần Văn Dũng');
  slow.answer();
  await waitFor(() => expect(count(desk, 'case_update')).toBeGreaterThan(0));
  await waitFor(() => expect((desk.calls.filter(({ command }) => command === 'case_update').at(-1)?.request as CaseForm).requester.name).toBe('Trần Văn Dũng'));
  expect((id(testid.requesterName) as HTMLInputElement).value).toBe('Trần Văn Dũng');
  expect(screen.queryByTestId(testid.camera)).not.toBeNull();
});

test('what is being typed is never rewritten by an answer', async () => {
  const { desk, user } = await open();
  const field = id(testid.requesterName) as HTMLInputElement;
  await user.type(field, 'Trâ');
  // The input method replaces the letters by decomposed ones while an answer is on its way.
  await fireEvent.input(field, { target: { value: 'Trần'.normalize('NFD') } });
  await waitFor(() => expect(count(desk, 'case_update')).toBeGreaterThan(0));
  desk.emit({ topic: 'case' });
  await waitFor(() => expect(count(desk, 'case_get')).toBeGreaterThan(1));
  expect(field.value).toBe('Trần'.normalize('NFD'));
});

test('keys of a composition are left to the input method, and reload and print never happen', async () => {
  await open();
  const composing = new KeyboardEvent('keydown', { key: 'F9', isComposing: true, cancelable: true, bubbles: true });
  id(testid.requesterName).dispatchEvent(composing);
  expect(composing.defaultPrevented).toBe(false);
  expect(screen.queryByTestId(testid.signBlocked)).toBeNull();
  for (const [key, ctrlKey] of [['F5', false], ['F7', false], ['r', true], ['p', true]] as const) {
    const event = new KeyboardEvent('keydown', { key, ctrlKey, cancelable: true, bubbles: true });
    id(testid.requesterName).dispatchEvent(event);
    expect(event.defaultPrevented, key).toBe(true);
  }
  const letter = new KeyboardEvent('keydown', { key: 'r', cancelable: true, bubbles: true });
  id(testid.requesterName).dispatchEvent(letter);
  expect(letter.defaultPrevented).toBe(false);
});

test('a wrong PIN is told in words, is not sent again by itself, and the last try asks first', async () => {
  const { desk, user } = await open();
  await user.keyboard('{Alt>}4{/Alt}');
  await user.click((await screen.findAllByTestId(testid.tokenChoose))[0] as HTMLElement);
  for (const wrong of ['1111', '2222']) {
    await user.type(await find(testid.pinInput), `${wrong}{Enter}`);
    await find(testid.faultHeading);
    await waitFor(() => expect((id(testid.pinInput) as HTMLInputElement).value).toBe(''));
  }
  expect(count(desk, 'session_open')).toBe(2);
  await user.type(await find(testid.pinInput), '12345678{Enter}');
  expect(count(desk, 'session_open')).toBe(2);
  await user.click(id(testid.pinLastTry));
  await user.click(id(testid.pinSubmit));
  await waitFor(() => expect(count(desk, 'session_open')).toBe(3));
});

test('the language changes without losing the case', async () => {
  const { user } = await open();
  await user.type(id(testid.requesterName), 'Lê Ánh');
  await user.click(id(testid.language));
  await screen.findByText('Full name');
  expect((id(testid.requesterName) as HTMLInputElement).value).toBe('Lê Ánh');
  expect(document.documentElement.lang).toBe('en');
});

test('corners move by the arrow keys, one pixel or ten, and go to the desk when the hand rests', async () => {
  const { desk, user } = await open(Object.assign(new Double(), { uncertain: false }));
  await user.upload(id(testid.fileInput), new File(['x'], 'trang.jpg'));
  await user.click(await find(testid.viewCorners));
  const corner = (await screen.findAllByTestId(testid.cornerHandle))[0] as HTMLElement;
  corner.focus();
  await user.keyboard('{ArrowRight}{Shift>}{ArrowDown}{/Shift}');
  await waitFor(() => expect(count(desk, 'page_set_corners')).toBe(1));
  const sent = desk.calls.find(({ command }) => command === 'page_set_corners')?.request;
  expect(sent).toMatchObject({ corners: [{ x: 231, y: 220 }, {}, {}, {}] });
  await user.keyboard('{Control>}z{/Control}');
  await waitFor(() => expect(count(desk, 'page_set_corners')).toBe(2));
  expect(desk.calls.findLast(({ command }) => command === 'page_set_corners')?.request).toMatchObject({ corners: [{ x: 230, y: 210 }, {}, {}, {}] });
});

test('a file beyond the desk’s bound is refused before it is read', async () => {
  const desk = new Double();
  desk.app.limits.fileBytes = 2;
  const { user } = await open(desk);
  await user.upload(id(testid.fileInput), new File(['xxx'], 'lớn.jpg'));
  expect((await find(testid.fault)).dataset['code']).toBe('picture_too_large');
  expect(count(desk, 'page_add')).toBe(0);
});

test('a desk that cannot be opened says why, and nothing else is offered', async () => {
  const desk = new Double();
  desk.call = () => Promise.reject(new DeskFault('already_open'));
  render(App, { backend: desk });
  expect((await find(testid.faultHeading)).textContent).toBe('Chương trình đang được mở');
  expect(screen.getAllByTestId(testid.fault)).toHaveLength(1);
  expect(screen.queryByTestId(testid.counter)).toBeNull();
});

test('pages are chosen, moved and taken out by keys in the strip', async () => {
  const { desk, user } = await open();
  desk.uncertain = false;
  await user.upload(id(testid.fileInput), [new File(['x'], '10.jpg'), new File(['x'], '9.jpg')]);
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail)).toHaveLength(2));
  // Files come in the order in which people count.
  expect(desk.calls.filter(({ command }) => command === 'page_add').map(({ request }) => (request as { name: string }).name)).toEqual(['9.jpg', '10.jpg']);
  const [first, second] = screen.getAllByTestId(testid.thumbnail).map((node) => node.dataset['page']);
  screen.getAllByTestId(testid.thumbnail)[1]?.focus();
  await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail).map((node) => node.dataset['page'])).toEqual([second, first]));
  await user.keyboard('{Delete}');
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail).map((node) => node.dataset['page'])).toEqual([first]));
});

test('a file that is no picture is refused by name and the others are taken in', async () => {
  await open();
  await screen.findByTestId(testid.statement);
  await fireEvent.drop(id(testid.counter), { dataTransfer: { types: ['Files'], files: [new File(['x'], 'c.txt'), new File(['x'], 'd.jpg')] } });
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail).length).toBe(1));
  expect((await find(testid.fault)).textContent).toContain('c.txt');
});

test('a token pulled while signing leaves its words on the screen and the act to be settled', async () => {
  const desk = new Double().signIn();
  const { user } = await open(desk);
  await user.keyboard('{F2}');
  await user.type(id(testid.requesterName), 'A');
  await user.type(id(testid.requesterId), '038095001234');
  await user.type(id(testid.paperName), 'B');
  desk.uncertain = false;
  await user.upload(id(testid.fileInput), new File(['x'], 'a.jpg'));
  await screen.findByTestId(testid.thumbnail);
  await user.click(id(testid.attestation));
  await waitFor(() => expect(screen.queryAllByTestId(testid.missing)).toHaveLength(0));
  desk.failNext.set('case_sign', new DeskFault('token_removed'));
  desk.acts = [{ id: 'half', number: '218/ĐT', paper: 'B', requester: 'A', state: 'prepared' }];
  desk.status = { ...desk.status, unfinished: 1 };
  await user.keyboard('{F9}');
  expect((await find(testid.faultHeading)).textContent).toBe('USB Token đã bị rút');
  const banner = await find(testid.unfinishedBanner);
  await user.click(within(banner).getByRole('button'));
  await user.click(await find(testid.unfinishedResume));
  expect((await find(testid.copyNumber)).textContent).toBe('218/ĐT');
});

test('a half-done act is voided only with a reason', async () => {
  const desk = new Double();
  desk.acts = [{ id: 'half', number: '217/ĐT', paper: '', requester: '', state: 'reserved' }];
  desk.status = { ...desk.status, unfinished: 1 };
  const { user } = await open(desk);
  await user.click(within(await find(testid.unfinishedBanner)).getByRole('button'));
  await user.click(await find(testid.unfinishedVoid));
  await user.type(await find(testid.unfinishedReason), '   ');
  await user.click(id(testid.unfinishedVoidConfirm));
  expect(count(desk, 'unfinished_void')).toBe(0);
  await user.type(id(testid.unfinishedReason), 'Mất điện');
  await user.click(id(testid.unfinishedVoidConfirm));
  await waitFor(() => expect(screen.queryByTestId(testid.unfinishedDialog)).toBeNull());
  expect(desk.calls.find(({ command }) => command === 'unfinished_void')?.request).toEqual({ copy: 'half', reason: 'Mất điện' });
});

test('a held upload says what to do and can be sent again', async () => {
  const { desk, user } = await open(new Double().busy());
  await user.keyboard('{Alt>}3{/Alt}');
  const held = (await screen.findAllByTestId(testid.queueRow)).find((row) => row.dataset['state'] === 'held') as HTMLElement;
  expect(held.textContent).toContain('Kho dữ liệu từ chối bản sao này');
  await user.click(within(held).getByTestId(testid.queueRetry));
  await waitFor(() => expect(held.dataset['state']).toBe('ready'));
  expect(count(desk, 'queue_retry')).toBe(1);
});

test('the register shows voids, sums acts only, and opens a copy', async () => {
  const { user } = await open(new Double().busy());
  await user.keyboard('{F10}');
  const rows = await screen.findAllByTestId(testid.registerRow);
  expect(rows).toHaveLength(6);
  expect(rows[3]?.textContent).toContain('mất điện khi đang ký');
  expect(id(testid.registerTotals).textContent).toMatch(/5.*12.*48\.000 đồng/);
  await user.click(within(rows[0] as HTMLElement).getByRole('button'));
  expect((await find(testid.copyNumber)).textContent).toBe('212/ĐT');
  await user.keyboard('{Escape}');
  await find(testid.register);
});

test('the register of a day is searched without marks', async () => {
  const { user } = await open(new Double().busy());
  await user.keyboard('{F10}');
  expect(await screen.findAllByTestId(testid.registerRow)).toHaveLength(6);
  await user.keyboard('{Control>}f{/Control}');
  expect(document.activeElement).toBe(id(testid.registerSearch));
  await user.keyboard('dang hoc ba');
  const rows = screen.getAllByTestId(testid.registerRow);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.textContent).toContain('Đặng Hữu Phước');
  await user.keyboard('x');
  expect(screen.queryAllByTestId(testid.registerRow)).toHaveLength(0);
});

test('F5 opens the scanner where the next thing to press has the focus, and Esc closes it', async () => {
  const { user } = await open();
  await user.keyboard('{F5}');
  await waitFor(() => expect(document.activeElement).toBe(id(testid.scannerSearch)));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByTestId(testid.scanner)).toBeNull());
});

test('a camera without a picture says why', async () => {
  const desk = Object.assign(new Double(), { cameraProblem: 'camera_busy' });
  // In this window pictures have no bytes: the failure to load is fired by hand.
  desk.url = (path) => path;
  const { user } = await open(desk);
  await user.keyboard('{F4}');
  await fireEvent.error(await find(testid.cameraPicture));
  await waitFor(() => expect(id(testid.cameraDark).textContent).toContain('đang được dùng'));
});
