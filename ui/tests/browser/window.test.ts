// @vitest-environment node
import axe, { type AxeResults } from 'axe-core';
import { mkdirSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testid } from '../../src/testids';
import { Double } from '../double';
import { outline } from '../pictures';
import { at, drop, fillForm, focused, screens, states, type Scene } from './screens';
import { Stage } from './stage';

const stage = new Stage();
beforeAll(() => stage.build());
afterAll(() => stage.close());

/** `PICTURES=folder` keeps a picture of every screen, `WINDOW=1920x1080` takes another size of window. */
const pictures = process.env['PICTURES'];
const [width, height] = (process.env['WINDOW'] ?? '1366x700').split('x').map(Number);
const size = { width: width ?? 1366, height: height ?? 700 };

async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png` });
}

/** Presses keys one by one and counts them. */
function typist(page: Page) {
  let strokes = 0;
  return {
    press: async (...keys: string[]) => {
      for (const key of keys) {
        await page.keyboard.press(key);
        strokes += 1;
      }
    },
    type: async (text: string) => {
      await page.keyboard.type(text);
      strokes += text.length;
    },
    count: () => strokes
  };
}

test('the whole main job: keyboard alone, few strokes, nothing the security policy refuses', async () => {
  const { page, trouble } = await stage.open(new Double());
  const hand = typist(page);

  await hand.press('Alt+4');
  await at(page, testid.tokenChoose).waitFor();
  while (!(await page.evaluate((id) => document.activeElement?.getAttribute('data-testid') === id, testid.tokenChoose))) {
    await hand.press('Tab');
    expect(hand.count()).toBeLessThan(30);
  }
  await hand.press('Enter');
  await focused(page, testid.pinInput);
  await hand.type('12345678');
  await hand.press('Enter');
  await page.getByText('Mã PIN – Cơ quan').waitFor();
  await focused(page, testid.pinInput);
  await hand.type('12345678');
  await hand.press('Enter');
  await at(page, testid.counter).waitFor();

  const before = hand.count();
  const [name, number, paper] = ['Nguyễn Thị Minh Khuê', '038095001234', 'Giấy khai sinh'];
  await hand.press('F2');
  await focused(page, testid.requesterName);
  await hand.type(name);
  await hand.press('Tab');
  await hand.type(number);
  await hand.press('Tab', 'Tab');
  await focused(page, testid.paperName);
  await hand.type(paper);
  await hand.press('F4');
  await focused(page, testid.cameraShutter);
  await hand.press('Space');
  await at(page, testid.thumbnail).waitFor();
  await hand.press('F6');
  await focused(page, testid.confirmOutline);
  await hand.press('Enter');
  await at(page, testid.pagePicture).waitFor();
  await hand.press('F8');
  await focused(page, testid.attestation);
  await hand.press('Space');
  await expect.poll(() => page.getByTestId(testid.missing).count()).toBe(0);
  await hand.press('F9');
  await at(page, testid.signing).waitFor();
  await at(page, testid.copyNumber).waitFor();
  expect(await at(page, testid.copyNumber).textContent()).toBe('218/ĐT');

  // The finished copy is really drawn, not only opened.
  await page.locator('canvas[data-drawn="true"]').first().waitFor();
  const inked = await at(page, testid.copyPdfPage).evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const data = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
    return data.some((value, index) => index % 4 !== 3 && value < 128);
  });
  expect(inked).toBe(true);

  // Besides what must be typed, a dozen strokes from one person to the next.
  const acts = hand.count() - before - name.length - number.length - paper.length;
  expect(acts).toBeLessThanOrEqual(12);
  await hand.press('F2');
  await focused(page, testid.requesterName);
  expect(trouble).toEqual([]);
});

test('a corner is dragged with the mouse under a magnifier', async () => {
  const desk = new Double();
  const { page } = await stage.open(desk);
  await at(page, testid.fileInput).setInputFiles({ name: 'trang.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('x') });
  const corner = at(page, testid.cornerHandle);
  const box = await corner.boundingBox();
  if (!box) throw new Error('no corner');
  const scale = ((await at(page, testid.stage).boundingBox())?.width ?? 0) / 1500;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 20, y + 30, { steps: 4 });
  await page.locator('.lens').waitFor();
  await picture(page, 'corner-drag');
  await page.mouse.up();
  await expect.poll(() => desk.calls.filter(({ command }) => command === 'page_set_corners').length).toBe(1);
  const { corners } = desk.calls.find(({ command }) => command === 'page_set_corners')?.request as { corners: { x: number; y: number }[] };
  expect(corners[0]?.x).toBeCloseTo(230 + 20 / scale, -1);
  expect(corners[0]?.y).toBeCloseTo(210 + 30 / scale, -1);
});

test('a side is dragged with both its corners, moved by keys, and every change is taken back', async () => {
  const desk = new Double();
  const { page } = await stage.open(desk);
  await at(page, testid.fileInput).setInputFiles({ name: 'trang.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('x') });
  const sent = () =>
    desk.calls
      .filter(({ command }) => command === 'page_set_corners')
      .map(({ request }) => (request as { corners: { x: number; y: number }[] }).corners);
  const left = page.locator(`[data-testid=${testid.sideHandle}][data-side="3"]`);
  const box = await left.boundingBox();
  if (!box) throw new Error('no side');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 25, y, { steps: 4 });
  await page.locator('.lens').waitFor();
  await picture(page, 'side-drag');
  await page.mouse.up();
  await expect.poll(() => sent().length).toBe(1);
  const [topLeft, topRight, bottomRight, bottomLeft] = outline;
  const moved = sent()[0] ?? [];
  const whole = (point?: { x: number; y: number }) => point && { x: Math.round(point.x), y: Math.round(point.y) };
  expect([moved[1], moved[2]]).toEqual([whole(topRight), whole(bottomRight)]);
  for (const [now, before] of [[moved[0], topLeft], [moved[3], bottomLeft]] as const) expect(now?.x).toBeLessThan((before?.x ?? 0) - 20);

  // By keys: ten pixels to the right, then back by Ctrl+Z, and once more to the detector's own outline.
  await left.focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(() => sent().length).toBe(2);
  await page.keyboard.press('Control+z');
  await expect.poll(() => sent().length).toBe(3);
  expect(sent()[2]).toEqual(moved);
  await at(page, testid.undoOutline).click();
  await expect.poll(() => desk.calls.filter(({ command }) => command === 'page_reset').length).toBe(1);
  expect(await at(page, testid.undoOutline).isDisabled()).toBe(true);
  await page.close();
});

test('a page taken out comes back in its place by Ctrl+Z, the last of all by Enter, with the keyboard alone', async () => {
  const desk = Object.assign(new Double(), { uncertain: false }).withPages('1.jpg', '2.jpg', '3.jpg');
  const { page, trouble } = await stage.open(desk);
  const thumbnails = page.getByTestId(testid.thumbnail);
  const order = () => thumbnails.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-page')));
  const chosen = () => page.locator('[aria-current="true"][data-page]').getAttribute('data-page');
  await expect.poll(() => thumbnails.count()).toBe(3);
  const before = await order();

  await thumbnails.nth(1).focus();
  await page.keyboard.press('Delete');
  await expect.poll(order).toEqual([before[0], before[2]]);
  expect(await at(page, testid.removedPage).textContent()).toContain('Đã bỏ trang 2.');
  await picture(page, 'page-removed');
  await page.keyboard.press('Control+z');
  await expect.poll(order).toEqual(before);
  expect(await chosen()).toBe(before[1]);
  expect(await page.getByTestId(testid.removedPage).count()).toBe(0);

  // What was done last is taken back first: the outline of the page before, then the page.
  await thumbnails.nth(2).focus();
  await page.keyboard.press('Delete');
  await expect.poll(order).toEqual(before.slice(0, 2));
  await at(page, testid.viewCorners).click();
  await at(page, testid.wholePicture).click();
  await expect.poll(() => desk.calls.filter(({ command }) => command === 'page_set_corners').length).toBe(1);
  await page.keyboard.press('Control+z');
  await expect.poll(() => desk.calls.filter(({ command }) => ['page_set_corners', 'page_reset'].includes(command)).length).toBe(2);
  expect(await order()).toEqual(before.slice(0, 2));
  await page.keyboard.press('Control+z');
  await expect.poll(order).toEqual(before);

  // Every page: the way back lies under the hand.
  await thumbnails.nth(0).focus();
  for (const left of [2, 1, 0]) {
    await page.keyboard.press('Delete');
    await expect.poll(() => thumbnails.count()).toBe(left);
  }
  await focused(page, testid.restorePage);
  for (const back of [1, 2, 3]) {
    await page.keyboard.press('Enter');
    await expect.poll(() => thumbnails.count()).toBe(back);
  }
  expect(await order()).toEqual(before);
  expect(trouble).toEqual([]);
  await page.close();
});

test('how large the copy will be is told while pages are added, and what portals take', async () => {
  const desk = Object.assign(new Double(), { uncertain: false, copySize: 12e6 }).withPages('1.jpg');
  const { page } = await stage.open(desk);
  await at(page, testid.thumbnail).waitFor();
  expect(await page.getByTestId(testid.copySize).count()).toBe(0);
  desk.copySize = 90e6;
  await at(page, testid.rotateRight).click();
  await at(page, testid.copySize).waitFor();
  expect(await at(page, testid.copySize).textContent()).toContain('85,8 MB');
  await page.getByText('chỉ nhận tệp đến 60 MB').waitFor();
  await picture(page, 'copy-size');
  await page.close();
});

test('a page is seen at its own size where it was pointed at, moved by keys, and left by Esc', async () => {
  const desk = Object.assign(new Double(), { uncertain: false }).withPages('1.jpg');
  const { page } = await stage.open(desk);
  const picture = at(page, testid.pagePicture);
  const box = await picture.boundingBox();
  if (!box) throw new Error('no page');
  // The foot of the page, which lies whole in the middle of its box.
  await page.mouse.click(box.x + box.width / 2, box.y + box.height * 0.95);
  await focused(page, testid.pageRoom);
  // All the pixels of the copy's own page, one to one.
  const widths = () => picture.evaluate((image) => [image.clientWidth, (image as HTMLImageElement).naturalWidth]);
  await expect.poll(widths).toEqual([2500, 2500]);
  const scrolled = () => at(page, testid.pageRoom).evaluate((room) => room.scrollTop);
  await expect.poll(scrolled).toBeGreaterThan(2000);
  await page.keyboard.press('Home');
  await expect.poll(scrolled).toBe(0);
  await page.keyboard.press('PageDown');
  await expect.poll(scrolled).toBeGreaterThan(100);

  // Esc leaves the close-up and nothing else; F7 comes back to it and gives the focus back when it is left.
  await page.keyboard.press('Escape');
  await expect.poll(() => picture.evaluate((image) => image.clientWidth < 1000)).toBe(true);
  await at(page, testid.attestation).focus();
  await page.keyboard.press('F7');
  await focused(page, testid.pageRoom);
  await page.keyboard.press('F7');
  await focused(page, testid.attestation);
  await page.close();
});

test('each dialog takes the focus, closes by Esc and gives the focus back', async () => {
  const desk = new Double();
  desk.acts = [{ id: 'half', number: '217/ĐT', paper: 'Giấy khai sinh', requester: 'Lê Thị Ánh Tuyết', state: 'signed' }];
  desk.status = { ...desk.status, unfinished: 1 };
  const { page } = await stage.open(desk);
  const inside = () => page.evaluate(() => document.activeElement?.closest('dialog') !== null);
  const walk = async (opener: Locator, dialog: string) => {
    await opener.focus();
    await page.keyboard.press('Enter');
    await at(page, dialog).waitFor();
    await expect.poll(inside, { message: dialog }).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByTestId(dialog).count(), { message: dialog }).toBe(0);
    expect(await opener.evaluate((button) => button === document.activeElement), dialog).toBe(true);
  };
  await walk(page.getByTestId(testid.unfinishedBanner).getByRole('button'), testid.unfinishedDialog);
  await walk(at(page, testid.navKeys), testid.keySheet);
  await walk(at(page, testid.openPhone), testid.phoneDialog);
  await walk(at(page, testid.openFolder), testid.folderDialog);
  await page.keyboard.press('F4');
  await focused(page, testid.cameraShutter);
  await walk(at(page, testid.openStand), testid.standDialog);
  await at(page, testid.requesterName).fill('A');
  await walk(at(page, testid.newCase), 'new-case-dialog');
  await page.keyboard.press('Alt+4');
  await walk(at(page, testid.tokenChoose), testid.pinDialog);
  await walk(at(page, testid.openDiagnostics), testid.diagnostics);
  await page.close();
});

test('cases are set aside at the counter, looked over and signed by one PIN entry, by keys alone', async () => {
  const desk = Object.assign(new Double(), { uncertain: false, wantsPins: true }).signIn();
  const { page, trouble } = await stage.open(desk);
  for (const paper of ['Giấy khai sinh', 'Học bạ']) {
    await fillForm(page, paper);
    await at(page, testid.fileInput).setInputFiles({ name: '1.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('x') });
    await at(page, testid.thumbnail).waitFor();
    await at(page, testid.attestation).focus();
    await page.keyboard.press('Space');
    await at(page, testid.setAside).waitFor();
    await page.keyboard.press('Shift+F9');
    await focused(page, testid.requesterName);
    expect(await at(page, testid.paperName).inputValue()).toBe('');
  }
  await page.keyboard.press('Alt+6');
  await expect.poll(() => page.getByTestId(testid.waitingRow).count()).toBe(2);
  // The second one is looked at, and left out once and taken in again.
  await page.getByTestId(testid.waitingShow).nth(1).focus();
  await page.keyboard.press('Enter');
  await at(page, testid.waitingPage).waitFor();
  const choice = page.getByTestId(testid.waitingChoice).nth(1);
  await choice.focus();
  await page.keyboard.press('Space');
  expect(await at(page, testid.waitingSign).textContent()).toContain('1');
  await page.keyboard.press('Space');

  await page.keyboard.press('F9');
  await focused(page, testid.signaturePin);
  await page.keyboard.type('12345678');
  await page.keyboard.press('Tab');
  await page.keyboard.type('87654321');
  await page.keyboard.press('Enter');
  await page.locator(`[data-testid=${testid.waitingOutcome}][data-outcome=signed]`).nth(1).waitFor();
  expect(desk.lastPins).toEqual({ performer: '12345678', agency: '87654321' });
  expect(desk.calls.filter(({ command }) => command === 'cases_sign')).toHaveLength(1);
  expect(desk.entries.map(({ paper }) => paper)).toEqual(['Giấy khai sinh', 'Học bạ']);
  expect(trouble).toEqual([]);
  await page.close();
});

test('a waiting case is laid on the counter again, but never over another one', async () => {
  const desk = new Double().withWaiting('Giấy khai sinh', 'Học bạ').withPages('1.jpg');
  const { page } = await stage.open(desk);
  await page.keyboard.press('Alt+6');
  await at(page, testid.waitingTakeUp).click();
  await page.locator(`[data-testid=${testid.fault}][data-code=counter_occupied]`).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('F2');
  await page.getByTestId('new-case-dialog').locator('.button.primary, .button').last().click();
  await page.keyboard.press('Alt+6');
  await at(page, testid.waitingTakeUp).click();
  await at(page, testid.counter).waitFor();
  expect(await at(page, testid.paperName).inputValue()).toBe('Giấy khai sinh');
  expect(desk.waiting).toHaveLength(1);
  await page.close();
});

test('F9 asks for the PIN of a key that wants it for each signature, and nothing is signed when it is not given', async () => {
  const desk = Object.assign(new Double(), { uncertain: false, wantsPins: true }).signIn().withPages('1.jpg');
  const { page, trouble } = await stage.open(desk);
  await fillForm(page);
  await at(page, testid.attestation).check();
  await expect.poll(() => page.getByTestId(testid.missing).count()).toBe(0);
  await page.keyboard.press('F9');
  await focused(page, testid.signaturePin);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByTestId(testid.signaturePins).count()).toBe(0);
  expect(desk.calls.some(({ command }) => command === 'case_sign')).toBe(false);
  await page.keyboard.press('F9');
  await focused(page, testid.signaturePin);
  for (const field of await page.getByTestId(testid.signaturePin).all()) await field.fill('12345678');
  await page.keyboard.press('Enter');
  await at(page, testid.copyNumber).waitFor();
  expect(desk.lastPins).toEqual({ performer: '12345678', agency: '12345678' });
  expect(trouble).toEqual([]);
  await page.close();
});

test('a file is dropped on the counter, and beside it opens nothing', async () => {
  const desk = new Double();
  const { page } = await stage.open(desk);
  await drop(page, ['trang.jpg']);
  await at(page, testid.thumbnail).waitFor();
  expect(desk.calls.filter(({ command }) => command === 'page_add')).toHaveLength(1);
});

/** What does not fit: words that stick out of their control or break in two there, a dialog that must be scrolled. */
function unfit(): string[] {
  const what = (element: Element) => element.outerHTML.slice(0, 160);
  const cut = [...document.querySelectorAll('button, .tag, th, h1, h2, h3, dt, summary, header, footer')].filter(
    (element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1
  );
  const broken = [...document.querySelectorAll('.button')].filter((element) => element.clientHeight > 64);
  const scrolled = [...document.querySelectorAll('dialog[open]')].filter((element) => element.scrollHeight > element.clientHeight + 1);
  return [...cut, ...broken, ...scrolled].map(what);
}

const scenes: [Scene[0], 'vi' | 'en', Scene[1], Scene[2]][] = [
  ...[...screens, ...states].map(([name, desk, reach]): (typeof scenes)[number] => [name, 'vi', desk, reach]),
  ...[...screens, ...(pictures ? states : [])].map(([name, desk, reach]): (typeof scenes)[number] => [name, 'en', desk, reach])
];

test.each(scenes)('the screen %s in %s has no accessibility fault, fits the window and breaks no policy', async (name, language, desk, reach) => {
  const { page, trouble } = await stage.open(desk(), size);
  if (language === 'en') await at(page, testid.language).click();
  await reach(page);
  // Buttons change colour over 120 ms; contrast is measured once they rest.
  await page.waitForTimeout(250);
  await picture(page, `${name}-${language}`);
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
  expect(violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map(({ html }) => html.slice(0, 160)) }))).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
  expect(overflow).toBe(false);
  expect(await page.evaluate(unfit)).toEqual([]);
  expect(trouble).toEqual([]);
  await page.close();
});
