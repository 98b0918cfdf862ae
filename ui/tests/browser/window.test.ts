// @vitest-environment node
import axe, { type AxeResults } from 'axe-core';
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testid } from '../../src/testids';
import { Double } from '../double';
import { outline } from '../pictures';
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

/** Drops files of these names on the screen that is shown. */
const drop = (page: Page, names: string[]) =>
  page.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const name of files) dataTransfer.items.add(new File(['x'], name, { type: 'application/pdf' }));
    document.querySelector('main section')?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, names);

test('a file is dropped on the counter, and beside it opens nothing', async () => {
  const desk = new Double();
  const { page } = await stage.open(desk);
  await drop(page, ['trang.jpg']);
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
  ['camera-objections', () => Object.assign(new Double().busy(), { notes: ['glare', 'handOverPage'], standMoved: true }), async (page) => {
    await page.keyboard.press('F4');
    await at(page, testid.cameraStandMoved).waitFor();
  }],
  ['stand', () => new Double().busy(), async (page) => {
    await page.keyboard.press('F4');
    await at(page, testid.openStand).click();
    await at(page, testid.standTake).waitFor();
    // Space takes each step, and the focus stays where the next Space is meant.
    for (const steps of ['1', '2']) {
      await focused(page, testid.standTake);
      await page.keyboard.press('Space');
      await page.locator(`[data-testid=${testid.standState}][data-steps="${steps}"]`).waitFor();
    }
    await focused(page, testid.standTake);
  }],
  ['counter-objections', () => Object.assign(new Double().busy().signIn(), { uncertain: false }), async (page) => {
    for (const name of ['1.jpg', '2.jpg', 'loa.jpg'])
      await at(page, testid.fileInput).setInputFiles({ name, mimeType: 'image/jpeg', buffer: Buffer.from('x') });
    await at(page, testid.pageAlike).waitFor();
    await page.locator(`[data-testid=${testid.missing}][data-missing=pageQuality]`).waitFor();
    await at(page, testid.pagePaper).selectOption('a5');
    await page.getByText('425 dpi').waitFor();
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
        // The field is wiped when the PIN goes out; the next one is taken when the token has answered.
        await page.locator('form[aria-busy=false]').waitFor();
        expect(await at(page, testid.pinInput).inputValue()).toBe('');
      }
      await at(page, testid.pinLastTry).waitFor();
      // The act stays in sight in the fullest state of the dialog.
      const box = await at(page, testid.pinSubmit).boundingBox();
      expect((box?.y ?? 1e9) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height);
    }
  ],
  ['diagnostics', () => {
    const desk = new Double();
    desk.modules.push({ name: 'bit4xpki.dll', problem: 'token_driver_unusable' });
    return desk;
  }, async (page) => {
    await page.keyboard.press('Alt+4');
    await at(page, testid.openDiagnostics).click();
    const text = await at(page, testid.diagnosticsText).inputValue();
    expect(text).toContain('bit4xpki.dll');
    // Redacted: nobody's name, no whole serial number.
    expect(text).not.toContain('Nguyễn');
    expect(text).not.toContain('0A1B2C3D');
    await at(page, testid.diagnosticsCopy).click();
  }],
  ['register', () => new Double().busy(), async (page) => {
    await page.keyboard.press('F10');
    await at(page, testid.registerRow).waitFor();
  }],
  ['queue', () => new Double().busy(), async (page) => {
    await page.keyboard.press('Alt+3');
    await at(page, testid.queueRow).waitFor();
  }],
  ['verify-empty', () => new Double(), async (page) => {
    await page.keyboard.press('Alt+5');
    await at(page, testid.verifyDrop).waitFor();
  }],
  ['verify-ours', () => new Double().busy(), async (page) => {
    await page.keyboard.press('Alt+5');
    await drop(page, ['ban-sao-0213.pdf']);
    await at(page, testid.verifyRegister).waitFor();
  }],
  ['verify-many', () => new Double().busy(), async (page) => {
    await page.keyboard.press('Alt+5');
    await drop(page, ['da-sua-hop-dong.pdf', 'ban-sao-0213.pdf', 'khong-ro-nguoi-ky-cong-ty-xuat-nhap-khau.pdf', 'dau-vet.pdf', 'khong-ky.pdf', 'hop-dong-thue-nha.pdf', 'mat.broken']);
    await expect.poll(() => page.locator(`[data-testid=${testid.verifyRow}]:is([data-state=done], [data-state=failed])`).count()).toBe(7);
    await at(page, testid.verifySaveAll).click();
    await at(page, testid.verifySaved).waitFor();
    await page.getByTestId(testid.verifyExpert).locator('summary').click();
  }],
  ['verify-working', () => Object.assign(new Double(), { verifyPause: 60_000 }), async (page) => {
    await page.keyboard.press('Alt+5');
    await drop(page, ['1.pdf', '2.pdf', '3.pdf', '4.pdf', '5.pdf', '6.pdf']);
    await at(page, testid.verifyProgress).waitFor();
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
  ['licences', () => new Double(), async (page) => {
    await page.keyboard.press('F1');
    await at(page, testid.openLicences).click();
    await page.getByText('SIL OPEN FONT LICENSE').waitFor();
    // Every text that is offered is there.
    for (const choice of await at(page, testid.licenceChoice).locator('option').evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))) {
      await at(page, testid.licenceChoice).selectOption(choice);
      await expect.poll(async () => (await at(page, testid.licenceText).textContent())?.length ?? 0, { message: choice }).toBeGreaterThan(500);
    }
  }],
  ['new-case', () => new Double(), async (page) => {
    await at(page, testid.requesterName).fill('A');
    await page.keyboard.press('F2');
    await page.getByTestId('new-case-dialog').waitFor();
  }]
];

describe.each(['vi', 'en'])('in %s', (language) => {
  test.each(screens)('the screen %s has no accessibility fault, fits the window and breaks no policy', async (name, desk, reach) => {
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
    expect(trouble).toEqual([]);
    await page.close();
  });
});
