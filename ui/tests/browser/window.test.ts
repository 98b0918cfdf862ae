// @vitest-environment node
import axe, { type AxeResults } from 'axe-core';
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testid } from '../../src/testids';
import { Double } from '../double';
import { Stage } from './stage';

const stage = new Stage();
beforeAll(() => stage.build());
afterAll(() => stage.close());

const pictures = process.env['PICTURES'];

async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png` });
}

const at = (page: Page, name: string) => page.getByTestId(name).first();

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

const focused = (page: Page, name: string) =>
  page.waitForFunction((id) => document.activeElement?.getAttribute('data-testid') === id, name);

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

test('a file is dropped on the counter, and beside it opens nothing', async () => {
  const desk = new Double();
  const { page } = await stage.open(desk);
  await page.evaluate((id) => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'trang.jpg', { type: 'image/jpeg' }));
    document.querySelector(`[data-testid="${id}"]`)?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, testid.counter);
  await at(page, testid.thumbnail).waitFor();
  expect(desk.calls.filter(({ command }) => command === 'page_add')).toHaveLength(1);
});

/** Each screen, how to reach it, and the desk it stands on. */
const screens: [string, () => Double, (page: Page) => Promise<unknown>][] = [
  ['counter-empty', () => new Double().busy(), async () => undefined],
  [
    'counter-corners',
    () => new Double().busy(),
    async (page) => {
      await page.keyboard.press('F4');
      await focused(page, testid.cameraShutter);
      await page.keyboard.press('Space');
      await at(page, testid.thumbnail).waitFor();
      await page.keyboard.press('Escape');
      await at(page, testid.cornerHandle).focus();
    }
  ],
  [
    'counter-ready',
    () => Object.assign(new Double().busy().signIn(), { uncertain: false }),
    async (page) => {
      await at(page, testid.requesterName).fill('Nguyễn Thị Minh Khuê');
      await at(page, testid.requesterId).fill('038095001234');
      await at(page, testid.paperName).fill('Giấy khai sinh');
      for (const name of ['1.jpg', '2.jpg', '3.jpg'])
        await at(page, testid.fileInput).setInputFiles({ name, mimeType: 'image/jpeg', buffer: Buffer.from('x') });
      await expect.poll(() => page.getByTestId(testid.thumbnail).count()).toBe(3);
      await at(page, testid.attestation).check();
      await expect.poll(() => page.getByTestId(testid.missing).count()).toBe(0);
    }
  ],
  ['counter-blocked', () => new Double(), async (page) => {
    await page.keyboard.press('F9');
    await at(page, testid.signBlocked).waitFor();
  }],
  ['camera', () => new Double().busy(), async (page) => {
    await page.keyboard.press('F4');
    await at(page, testid.cameraPicture).waitFor();
    await at(page, testid.cameraOutline).waitFor();
  }],
  ['scanner-none', () => new Double().busy(), async (page) => {
    await at(page, testid.openScanner).click();
    await at(page, testid.scannerSearch).waitFor();
  }],
  ['scanner', () => new Double().busy(), async (page) => {
    await at(page, testid.openScanner).click();
    await at(page, testid.scannerSearch).click();
    await at(page, testid.scannerFeed).selectOption('manualDuplex');
    await at(page, testid.scannerScan).click();
    await at(page, testid.scannerTurn).waitFor();
    await expect.poll(() => page.getByTestId(testid.thumbnail).count()).toBe(3);
  }],
  [
    'sign-in',
    () => {
      const desk = new Double();
      const [first] = desk.tokens;
      if (first)
        desk.tokens.push({ ...first, fingerprint: 'e'.repeat(64), holder: 'Trần Văn Dũng', daysLeft: -12, suggestedRole: null, pin: 'locked', problems: ['expired', 'otherAgency'] });
      desk.modules.push({ name: 'bit4xpki.dll', problem: 'token_driver_unusable' });
      return desk;
    },
    async (page) => {
      await page.keyboard.press('Alt+4');
      await at(page, testid.tokenCard).waitFor();
    }
  ],
  [
    'pin',
    () => new Double(),
    async (page) => {
      await page.keyboard.press('Alt+4');
      await at(page, testid.tokenChoose).click();
      for (const wrong of ['1111', '2222']) {
        await at(page, testid.pinInput).fill(wrong);
        await page.keyboard.press('Enter');
        await expect.poll(() => at(page, testid.pinInput).inputValue()).toBe('');
      }
      await at(page, testid.pinLastTry).waitFor();
    }
  ],
  ['register', () => new Double().busy(), async (page) => {
    await page.keyboard.press('F10');
    await at(page, testid.registerRow).waitFor();
  }],
  ['queue', () => new Double().busy(), async (page) => {
    await page.keyboard.press('Alt+3');
    await at(page, testid.queueRow).waitFor();
  }],
  ['copy', () => new Double().busy(), async (page) => {
    await page.keyboard.press('F10');
    await at(page, testid.registerRow).click();
    await page.locator('canvas[data-drawn="true"]').first().waitFor();
  }],
  [
    'unfinished',
    () => {
      const desk = new Double();
      desk.acts = [{ id: 'half', number: '217/ĐT', paper: 'Giấy khai sinh', requester: 'Lê Thị Ánh Tuyết', state: 'signed' }];
      desk.status = { ...desk.status, unfinished: 1, keyInFile: true, clockSkewSeconds: 95 };
      return desk;
    },
    async (page) => {
      await page.getByTestId(testid.unfinishedBanner).getByRole('button').click();
      await at(page, testid.unfinishedVoid).click();
    }
  ],
  ['keys', () => new Double(), async (page) => {
    await page.keyboard.press('F1');
    await at(page, testid.keySheet).waitFor();
  }],
  ['new-case', () => new Double(), async (page) => {
    await at(page, testid.requesterName).fill('A');
    await page.keyboard.press('F2');
    await page.getByTestId('new-case-dialog').waitFor();
  }]
];

describe.each(['vi', 'en'])('in %s', (language) => {
  test.each(screens)('the screen %s has no accessibility fault, fits the window and breaks no policy', async (name, desk, reach) => {
    const { page, trouble } = await stage.open(desk());
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
    expect(trouble).toEqual([]);
    await page.close();
  });
});
