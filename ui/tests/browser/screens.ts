/** The screens of the window, each with the desk it stands on and the way there. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { DeskFault } from '../../src/backend';
import { testid } from '../../src/testids';
import { Double } from '../double';

export const at = (page: Page, name: string) => page.getByTestId(name).first();

export const focused = (page: Page, name: string) =>
  page.waitForFunction((id) => document.activeElement?.getAttribute('data-testid') === id, name);

/** Presses a key and waits until this is there. */
export async function go(page: Page, key: string, name: string): Promise<void> {
  await page.keyboard.press(key);
  await at(page, name).waitFor();
}

const by = (key: string, name: string) => (page: Page) => go(page, key, name);

/** What must be typed of a case. */
export async function fillForm(page: Page, paper = 'Giấy khai sinh'): Promise<void> {
  await at(page, testid.requesterName).fill('Nguyễn Thị Minh Khuê');
  await at(page, testid.requesterId).fill('038095001234');
  await at(page, testid.paperName).fill(paper);
}

/** Adds files of these names to the case, in this order. */
async function add(page: Page, ...names: string[]): Promise<void> {
  await at(page, testid.fileInput).setInputFiles(names.map((name) => ({ name, mimeType: 'image/jpeg', buffer: Buffer.from('x') })));
  await expect.poll(() => page.getByTestId(testid.thumbnail).count()).toBe(names.length);
}

/** A case with nothing missing, on a desk where somebody is signed in. */
async function complete(page: Page): Promise<void> {
  await fillForm(page);
  await add(page, '1.jpg');
  await at(page, testid.attestation).check();
  await expect.poll(() => page.getByTestId(testid.missing).count()).toBe(0);
}

/** Drops files of these names on the screen that is shown. */
export const drop = (page: Page, names: string[]) =>
  page.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const name of files) dataTransfer.items.add(new File(['x'], name, { type: 'application/pdf' }));
    document.querySelector('main section')?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, names);

export type Scene = [name: string, desk: () => Double, reach: (page: Page) => Promise<unknown>];

/** Each screen, how to reach it, and the desk it stands on. */
export const screens: Scene[] = [
  ['counter-empty', () => new Double().busy(), async () => undefined],
  [
    'counter-corners',
    () => new Double().busy(),
    async (page) => {
      await page.keyboard.press('F4');
      await focused(page, testid.cameraShutter);
      await go(page, 'Space', testid.thumbnail);
      await page.keyboard.press('Escape');
      await at(page, testid.cornerHandle).focus();
    }
  ],
  [
    'counter-ready',
    () => Object.assign(new Double().busy().signIn(), { uncertain: false }),
    async (page) => {
      await fillForm(page);
      for (const name of ['1.jpg', '2.jpg', '3.jpg'])
        await at(page, testid.fileInput).setInputFiles({ name, mimeType: 'image/jpeg', buffer: Buffer.from('x') });
      await expect.poll(() => page.getByTestId(testid.thumbnail).count()).toBe(3);
      await at(page, testid.attestation).check();
      await expect.poll(() => page.getByTestId(testid.missing).count()).toBe(0);
    }
  ],
  ['counter-blocked', () => new Double(), by('F9', testid.signBlocked)],
  ['camera', () => new Double().busy(), async (page) => {
    await go(page, 'F4', testid.cameraPicture);
    await at(page, testid.cameraOutline).waitFor();
  }],
  ['camera-objections', () => Object.assign(new Double().busy(), { notes: ['glare', 'handOverPage'], standMoved: true }), by('F4', testid.cameraStandMoved)],
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
    by('Alt+4', testid.tokenCard)
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
      expect((box?.y ?? 1e9) + (box?.height ?? 0)).toBeLessThanOrEqual(page.viewportSize()?.height ?? 0);
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
  ['register', () => new Double().busy(), by('F10', testid.registerRow)],
  ['queue', () => new Double().busy(), by('Alt+3', testid.queueRow)],
  ['waiting', () => new Double().busy().withWaiting('Giấy khai sinh', 'Bằng tốt nghiệp đại học', 'Giấy chứng nhận quyền sử dụng đất').signIn(), by('Alt+6', testid.waitingPage)],
  ['verify-empty', () => new Double(), by('Alt+5', testid.verifyDrop)],
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
  ['keys', () => new Double(), by('F1', testid.keySheet)],
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

/** As long as names get: what is shown of them must neither push nor hide anything else. */
const long = {
  person: 'Công Tằng Tôn Nữ Nguyễn Phước Hoàng Thị Thanh Nhàn Minh Khuê Ánh Tuyết',
  paper: 'Giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất',
  agency: 'Ủy ban nhân dân xã Quảng Phú Cầu, thành phố Hà Nội – Trung tâm Phục vụ hành chính công',
  file: 'anh_chup_giay_chung_nhan_quyen_su_dung_dat_so_do_mat_truoc_ban_cuoi_cung_da_sua(2).jpeg'
};

const uncertain = (desk: Double) => Object.assign(desk, { uncertain: false });
const openCamera = by('F4', testid.camera);
const openPin = async (page: Page) => {
  await page.keyboard.press('Alt+4');
  await at(page, testid.tokenChoose).click();
  await at(page, testid.pinDialog).waitFor();
};
const withToken = (part: Partial<Double['tokens'][number]>) => {
  const desk = new Double();
  Object.assign(desk.tokens[0] ?? {}, part);
  return desk;
};

/** States of those screens in which something stands where usually nothing does. Looked at in Vietnamese. */
export const states: Scene[] = [
  ['counter-forty', () => uncertain(new Double().busy().signIn()).withPages(...Array.from({ length: 40 }, (_, n) => `${n + 1}.jpg`)), async (page) => {
    await expect.poll(() => page.getByTestId(testid.thumbnail).count()).toBe(40);
  }],
  ['counter-close-up', () => uncertain(new Double().busy().signIn()).withPages('1.jpg', '2.jpg'), async (page) => {
    await at(page, testid.pagePicture).waitFor();
    await page.keyboard.press('F7');
    await focused(page, testid.pageRoom);
  }],
  ['counter-several', () => new Double().busy().withPages('hai-to.jpg'), async (page) => {
    await at(page, testid.separatePapers).waitFor();
  }],
  ['counter-two-sided', () => {
    const desk = uncertain(new Double().busy().signIn()).withPages('mat-truoc.jpg', 'mat-sau.jpg');
    desk.cardSized();
    return desk;
  }, async (page) => {
    await at(page, testid.thumbnail).click();
    await at(page, testid.pairCard).waitFor();
  }],
  ['counter-refused', () => uncertain(new Double().busy().signIn()), async (page) => {
    await add(page, '1.jpg', 'thap.jpg');
    await page.locator(`[data-testid=${testid.missing}][data-missing=pageResolution]`).waitFor();
  }],
  ['counter-long', () => {
    const desk = uncertain(new Double().busy());
    Object.assign(desk.tokens[0] ?? {}, { holder: long.person, organisation: long.agency });
    Object.assign(desk.tokens[1] ?? {}, { holder: long.agency, organisation: long.agency, daysLeft: 12 });
    // The strip with everything it can hold.
    desk.status = { ...desk.status, keyInFile: true, clockSkewSeconds: 95 };
    return desk.signIn();
  }, async (page) => {
    await at(page, testid.requesterName).fill(long.person);
    await at(page, testid.paperName).fill(long.paper);
    await add(page, long.file, '2.jpg');
    await at(page, testid.thumbnail).click();
  }],
  ['counter-card', () => {
    const desk = new Double().busy();
    Object.assign(desk.card ?? {}, { name: long.person, address: `Số 12, ngõ 345/67/8, tổ dân phố Đông Sơn Hạ, ${long.agency}` });
    return desk;
  }, async (page) => {
    await at(page, testid.requesterName).fill('Nguyễn Thị Minh Khê');
    await openCamera(page);
    await at(page, testid.cardRead).click();
    await at(page, testid.cardOffer).waitFor();
  }],
  ['counter-faults', () => {
    const desk = new Double().busy();
    desk.failNext.set('camera_shoot', new DeskFault('camera_unplugged'));
    return desk;
  }, async (page) => {
    await add(page, 'trang.jpg');
    await at(page, testid.fileInput).setInputFiles([{ name: `${long.file}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') }]);
    await openCamera(page);
    await at(page, testid.cameraShutter).click();
    await expect.poll(() => page.getByTestId(testid.fault).count()).toBe(2);
  }],
  ['signing', () => Object.assign(uncertain(new Double().busy().signIn()), { stepPause: 60_000 }), async (page) => {
    await complete(page);
    await go(page, 'F9', testid.signing);
  }],
  ['copy-fresh', () => uncertain(new Double().busy().signIn()), async (page) => {
    await complete(page);
    await go(page, 'F9', testid.copyNumber);
    await page.locator('canvas[data-drawn="true"]').first().waitFor();
  }],
  ['camera-all-objections', () => {
    const desk = new Double().busy();
    desk.cameras = [
      { id: 'elmo', name: 'Máy chụp tài liệu ELMO MX-P3 Visual Presenter', training: false, present: true },
      { id: 'web', name: 'Integrated Camera', training: false, present: false }
    ];
    desk.sight = { dpi: 162, belowLegalFloor: true, notes: ['tooDark', 'glare', 'handOverPage', 'moving'], standMoved: true };
    return desk;
  }, by('F4', testid.cameraStandMoved)],
  ['camera-none', () => Object.assign(new Double().busy(), { cameras: [] }), openCamera],
  ['camera-gone', () => Object.assign(new Double().busy(), { cameraProblem: 'camera_unplugged' }), by('F4', testid.cameraDark)],
  ['stand-refused', () => {
    const desk = new Double().busy();
    desk.cameras = [{ id: 'elmo', name: 'ELMO MX-P3', training: false, present: true }];
    desk.failNext.set('stand_take', new DeskFault('stand_sheet_not_found'));
    return desk;
  }, async (page) => {
    await openCamera(page);
    await at(page, testid.openStand).click();
    await at(page, testid.standTake).click();
    await at(page, testid.fault).waitFor();
  }],
  ['scanner-jam', () => {
    const desk = uncertain(new Double().busy());
    desk.jamAfter = 6;
    return desk;
  }, async (page) => {
    await at(page, testid.openScanner).click();
    await at(page, testid.scannerSearch).click();
    await at(page, testid.scannerFeed).selectOption('feeder');
    await at(page, testid.scannerScan).click();
    await expect.poll(() => page.getByTestId(testid.thumbnail).count()).toBe(6);
    await at(page, testid.fault).waitFor();
  }],
  ['phone', () => new Double(), async (page) => {
    await at(page, testid.openPhone).click();
    await at(page, testid.phoneCode).waitFor();
  }],
  ['phone-over', () => {
    const desk = new Double();
    Object.assign(desk.phone, { saved: 3, secondsLeft: 0 });
    return desk;
  }, async (page) => {
    await at(page, testid.openPhone).click();
    await at(page, testid.phoneState).waitFor();
  }],
  ['folder', () => new Double(), async (page) => {
    await at(page, testid.openFolder).click();
    await at(page, testid.folderPath).waitFor();
  }],
  ['folder-refused', () => {
    const desk = new Double();
    desk.folder = { path: '\\\\may-photo-tang-1\\scan\\bo-phan-mot-cua\\chung-thuc-ban-sao-dien-tu\\2026', unreadable: false, taken: 12, refused: [`${long.file}.docx`, 'Thumbs.db'] };
    return desk;
  }, async (page) => {
    await at(page, testid.openFolder).click();
    await at(page, testid.folderState).waitFor();
  }],
  ['pin-fresh', () => new Double(), openPin],
  ['pin-low', () => withToken({ pin: 'countLow', daysLeft: 12, holder: long.person, organisation: long.agency }), openPin],
  ['pin-pad', () => withToken({ pinPad: true }), openPin],
  ['pin-locked', () => withToken({ pin: 'finalTry' }), async (page) => {
    await openPin(page);
    await at(page, testid.pinLastTry).check();
    await at(page, testid.pinInput).fill('1111');
    await at(page, testid.pinSubmit).click();
    await at(page, testid.fault).waitFor();
  }],
  ['sign-in-none', () => Object.assign(new Double(), { tokens: [] }), async (page) => {
    await page.keyboard.press('Alt+4');
    await page.getByText('USB Token').first().waitFor();
  }],
  ['sign-in-done', () => {
    const desk = new Double();
    Object.assign(desk.tokens[0] ?? {}, { holder: long.person, organisation: long.agency, daysLeft: 12 });
    return desk.signIn();
  }, by('Alt+4', testid.tokenCard)],
  ['waiting-empty', () => new Double(), by('Alt+6', testid.waiting)],
  ['waiting-ended', () => {
    const desk = new Double().busy().withWaiting(long.paper, 'Bằng tốt nghiệp đại học', 'Học bạ', 'Giấy khai sinh').signIn();
    Object.assign(desk.waiting[0] ?? {}, { requester: long.person });
    desk.batchFault = { after: 2, fault: new DeskFault('token_removed') };
    return desk;
  }, async (page) => {
    await go(page, 'Alt+6', testid.waitingRow);
    await go(page, 'F9', testid.waitingOutcome);
  }],
  ['waiting-signing', () => Object.assign(new Double().busy().withWaiting('Giấy khai sinh', 'Học bạ').signIn(), { stepPause: 60_000 }), async (page) => {
    await go(page, 'Alt+6', testid.waitingRow);
    await page.keyboard.press('F9');
    await at(page, testid.waitingStop).click();
  }],
  ['waiting-pins', () => Object.assign(new Double().busy().withWaiting('Giấy khai sinh', 'Học bạ'), { wantsPins: true }).signIn(), async (page) => {
    await go(page, 'Alt+6', testid.waitingRow);
    await go(page, 'F9', testid.signaturePin);
  }],
  ['register-empty', () => new Double(), by('F10', testid.registerTotals)],
  ['register-long', () => {
    const desk = new Double().busy();
    desk.entries = Array.from({ length: 60 }, (_, n) => {
      const entry = desk.entries[n % 6] as Double['entries'][number];
      return { ...entry, id: `${entry.id}-${n}`, number: `${158 + n}/ĐT`, ...(n % 7 ? {} : { requester: long.person, paper: long.paper }) };
    });
    return desk;
  }, by('F10', testid.registerRow)],
  ['queue-empty', () => new Double(), by('Alt+3', testid.queue)],
  ['queue-offline', () => {
    const desk = Object.assign(new Double().busy(), { queueProblem: 'captive-portal' });
    desk.status.queue.lane = 'offline';
    return desk;
  }, by('Alt+3', testid.queueRow)],
  ['verify-undetermined', () => new Double().busy(), async (page) => {
    await page.keyboard.press('Alt+5');
    await drop(page, [`khong-ro-${long.file}.pdf`]);
    await at(page, testid.verifyAnswer).waitFor();
  }],
  ['refused', () => Object.assign(new Double(), { refusal: new DeskFault('store_rolled_back') }), async (page) => {
    await at(page, testid.fault).waitFor();
  }]
];
