import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import App from '../src/App.svelte';
import { testid } from '../src/testids';
import { Double } from './double';

const id = (name: string) => screen.getByTestId(name);
const find = (name: string) => screen.findByTestId(name);
const value = (name: string) => (id(name) as HTMLInputElement).value;

async function open(desk = new Double()) {
  const user = userEvent.setup();
  render(App, { backend: desk });
  await find(testid.stripBook);
  await waitFor(() => expect(desk.calls.some(({ command }) => command === 'case_get')).toBe(true));
  return { desk, user };
}

const card = () => new File(['card'], 'card.jpg', { type: 'image/jpeg' });

test('a card is offered beside the form and fills only what is empty', async () => {
  const { user } = await open();
  await user.type(id(testid.requesterName), 'Nguyễn Thị Khuê');
  await user.upload(id(testid.cardFile), card());
  const offer = await find(testid.cardOffer);
  // Nothing is taken over unasked.
  expect(value(testid.requesterName)).toBe('Nguyễn Thị Khuê');
  expect(value(testid.requesterId)).toBe('');
  expect(within(offer).getByText('Nguyễn Thị Minh Khuê')).toBeTruthy();
  await user.click(id(testid.cardAcceptEmpty));
  expect(value(testid.requesterId)).toBe('038095001234');
  expect(value(testid.requesterAddress)).toBe('Thôn Đông, Xã Mộc Sơn');
  expect(value(testid.requesterName)).toBe('Nguyễn Thị Khuê');
});

test('what was typed is replaced only by taking that very field', async () => {
  const { desk, user } = await open();
  await user.type(id(testid.requesterName), 'Khuê');
  await user.upload(id(testid.cardFile), card());
  const offer = await find(testid.cardOffer);
  const row = offer.querySelector('[data-field="name"]') as HTMLElement;
  await user.click(within(row).getByTestId(testid.cardAccept));
  expect(value(testid.requesterName)).toBe('Nguyễn Thị Minh Khuê');
  expect(value(testid.requesterId)).toBe('');
  await waitFor(() =>
    expect(desk.calls.findLast(({ command }) => command === 'case_update')?.request).toMatchObject({
      requester: { name: 'Nguyễn Thị Minh Khuê', idNumber: '' }
    })
  );
});

test('a picture without a card says so and changes nothing', async () => {
  const desk = new Double();
  desk.card = null;
  const { user } = await open(desk);
  await user.upload(id(testid.cardFile), card());
  await find(testid.fault);
  expect(screen.queryByTestId(testid.cardOffer)).toBeNull();
});

test('with the camera open the card is read from under it', async () => {
  const { desk, user } = await open();
  await user.keyboard('{F4}');
  await find(testid.cameraShutter);
  await user.click(id(testid.cardRead));
  await find(testid.cardOffer);
  expect(desk.calls.find(({ command }) => command === 'card_read')?.request).toEqual({ blob: null, camera: 'training', page: null });
});

test('a picture on the clipboard becomes a page, text stays text', async () => {
  const { desk } = await open();
  await fireEvent.paste(document.body, { clipboardData: { files: [card()], types: ['Files'] } });
  expect(await screen.findAllByTestId(testid.thumbnail)).toHaveLength(1);
  await fireEvent.paste(id(testid.requesterName), { clipboardData: { files: [], types: ['text/plain'] } });
  expect(desk.calls.filter(({ command }) => command === 'page_add')).toHaveLength(1);
});

test('two card sides become one page and come apart again', async () => {
  const desk = new Double();
  desk.uncertain = false;
  const { user } = await open(desk);
  await user.upload(id(testid.fileInput), [new File(['a'], '1.jpg'), new File(['b'], '2.jpg')]);
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail)).toHaveLength(2));
  expect(screen.queryByTestId(testid.pairCard)).toBeNull();
  desk.cardSized();
  desk.emit({ topic: 'case' });
  await user.click(screen.getAllByTestId(testid.thumbnail)[0] as HTMLElement);
  await user.click(await find(testid.pairCard));
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail)).toHaveLength(1));
  await user.click(await find(testid.splitCard));
  await waitFor(() => expect(screen.getAllByTestId(testid.thumbnail)).toHaveLength(2));
});

test('the page for phones shows its code, then what arrived, and closes with the dialog', async () => {
  const { desk, user } = await open();
  await user.click(id(testid.openPhone));
  expect((await find(testid.phoneCode)).dataset['url']).toBe('https://192.168.1.20:4711/0a1b');
  desk.phone = { ...desk.phone, inUse: true, saved: 2 };
  await waitFor(() => expect(id(testid.phoneState).dataset['saved']).toBe('2'), { timeout: 3000 });
  expect(screen.queryByTestId(testid.phoneCode)).toBeNull();
  await user.keyboard('{Escape}');
  await fireEvent(id(testid.phoneDialog), new Event('cancel', { cancelable: true }));
  await waitFor(() => expect(desk.calls.some(({ command }) => command === 'phone_close')).toBe(true));
});

test('the folder of the scanner is chosen by its path', async () => {
  const { desk, user } = await open();
  await user.click(id(testid.openFolder));
  await user.type(await find(testid.folderPath), '/srv/scan');
  await user.click(id(testid.folderSave));
  await find(testid.folderState);
  expect(desk.folder.path).toBe('/srv/scan');
});
