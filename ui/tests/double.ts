/**
 * A desk in memory for tests of the window: answers every command with the rules a window can see, no more.
 * It is no desk: nothing is signed, numbered by law or kept.
 */
import {
  DeskFault,
  type AppState,
  type Backend,
  type CameraSight,
  type CameraView,
  type CaseOutcome,
  type CardOffer,
  type CaseForm,
  type CaseView,
  type Commands,
  type DeskEvent,
  type EntryView,
  type FolderView,
  type JobView,
  type Missing,
  type PageView,
  type PageWarning,
  type ScannerView,
  type PhoneView,
  type SignedCopy,
  type SigningRole,
  type SigningStep,
  type StandView,
  type Status,
  type TokenView,
  type UnfinishedView,
  type WaitingView,
  type Verification
} from '../src/backend';
import { verification } from './verifications';
import { outline, pdf, photograph, rectified } from './pictures';

type Handlers = { [C in keyof Commands]: (request: Commands[C]['request']) => Commands[C]['result'] | Promise<Commands[C]['result']> };

const now = '2026-11-21T09:41:07+07:00';
const pin = '12345678';

const emptyForm = (): CaseForm => ({
  requester: { name: '', idNumber: '', address: '', phone: '', email: '' },
  paper: { name: '', number: '', issuer: '', issuedOn: '' },
  copies: 1
});

function token(role: SigningRole | null, part: Partial<TokenView>): TokenView {
  return {
    fingerprint: (role ?? 'none').padEnd(64, '0'),
    module: 'training.so',
    label: 'Thiết bị tập huấn',
    serial: '0A1B2C3D',
    holder: 'Nguyễn Thị Hồng Nhung',
    organisation: 'Ủy ban nhân dân xã Mộc Sơn (tập huấn)',
    issuer: 'CA tập huấn Mộc Bản',
    notBefore: '2025-01-01',
    notAfter: '2029-12-31',
    daysLeft: 1136,
    pin: 'ok',
    pinLengths: { min: 4, max: 16 },
    pinPad: false,
    reader: 'Đầu đọc tập huấn',
    open: false,
    suggestedRole: role,
    problems: [],
    warnings: [],
    alsoIn: [],
    ...part
  };
}

const fujitsu: ScannerView = { id: 'sane:fujitsu', name: 'FUJITSU fi-7160', driver: 'sane', feed: 'platen', dpi: 300 };

export class Double implements Backend {
  /** Every call in order, for tests that count or order them. */
  readonly calls: { command: keyof Commands; request: unknown }[] = [];
  /** A command named here fails once with this. */
  readonly failNext = new Map<keyof Commands, DeskFault>();
  /** Pause between the steps of signing, ms. */
  stepPause = 0;
  /** The next page added comes without a certain outline. */
  uncertain = true;
  /** What the camera's live picture is objected to. */
  notes: PageWarning[] = [];
  /** The mat under the camera looks different from when its stand was measured. */
  standMoved = false;
  cameras: CameraView[] = [{ id: 'training', name: 'Máy chụp tập huấn', training: true, present: true }];
  /** What is otherwise about the live picture. */
  sight: Partial<CameraSight> = {};
  /** No picture comes from the camera, for this reason. */
  cameraProblem: string | null = null;
  /** Paper jams after so many pages; 0 never. */
  jamAfter = 0;
  /** The desk cannot be opened. */
  refusal: DeskFault | null = null;
  queueProblem: string | null = null;
  /** Steps taken of measuring the stand. */
  standSteps = 0;

  tokens: TokenView[] = [
    token('performer', {}),
    token('agency', { holder: 'Ủy ban nhân dân xã Mộc Sơn (tập huấn)', label: 'Con dấu tập huấn', serial: '0A1B2C3E' })
  ];
  modules: { name: string; problem: string | null }[] = [{ name: 'training.so', problem: null }];
  status: Status = {
    session: { performer: null, agency: null },
    book: { volume: '01/2026-SCTĐT/BS', nextNumber: '218/ĐT' },
    queue: { waiting: 0, held: 0, oldestSeconds: 0, lane: 'idle' },
    waiting: 0,
    unfinished: 0,
    keyInFile: false,
    now,
    clockSkewSeconds: 0
  };
  scanners: ScannerView[] = [];
  entries: EntryView[] = [];
  jobs: JobView[] = [];
  acts: UnfinishedView[] = [];
  /** Cases set aside to be signed. */
  waiting: WaitingView[] = [];
  /** So many of a batch are signed; the next meets this fault. */
  batchFault: { after: number; fault: DeskFault } | null = null;
  /** The PIN that a key which wants it for each signature got last. */
  lastPins: unknown = null;
  #stopped = false;
  readonly verifications = new Map<string, Verification>();
  /** How long a file takes to be verified, ms. */
  verifyPause = 0;
  /** The card that lies under the camera and in every file. */
  card: CardOffer | null = {
    idNumber: '038095001234',
    name: 'Nguyễn Thị Minh Khuê',
    address: 'Thôn Đông, Xã Mộc Sơn',
    born: '1995-02-28',
    issued: '2021-04-15'
  };
  phone: PhoneView = { url: 'https://192.168.1.20:4711/0a1b', code: ['101', '010', '101'], inUse: false, saved: 0, secondsLeft: 900 };
  folder: FolderView = { path: '', unreadable: false, taken: 0, refused: [] };
  app: AppState = {
    mode: 'training',
    officeName: 'Ủy ban nhân dân xã Mộc Sơn',
    officeId: 'H56.99.99',
    version: '0.1.0',
    trainingPin: pin,
    limits: { fileBytes: 50_000_000, pages: 200, copies: 1000 }
  };

  #listeners = new Set<(event: DeskEvent) => void>();
  #copies = new Map<string, SignedCopy>();
  #number = 218;
  #ids = 0;
  #wrongPins = 0;
  #form = emptyForm();
  #pages: PageView[] = [];
  #removed: { place: number; page: PageView }[] = [];
  /** What the copy will have, where a test cares. */
  copySize: number | null = null;
  #attested = false;
  #caseId = this.#id('case');

  async call<C extends keyof Commands>(command: C, request: Commands[C]['request']): Promise<Commands[C]['result']> {
    this.calls.push({ command, request });
    const fault = this.failNext.get(command);
    if (fault) {
      this.failNext.delete(command);
      throw fault;
    }
    const handler = this.#handlers[command] as (request: Commands[C]['request']) => Commands[C]['result'];
    return structuredClone(await handler(request));
  }

  async upload(_file: Blob, name: string): Promise<string> {
    return `blob-${name}`;
  }

  url(path: string): string {
    const { type, body } = this.file(path);
    if (typeof body === 'string') return `data:${type},${encodeURIComponent(body)}`;
    return `data:${type};base64,${btoa(String.fromCharCode(...body))}`;
  }

  onEvent(listener: (event: DeskEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: DeskEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** What stands at an address of the window. */
  file(path: string): { type: string; body: string | Uint8Array<ArrayBuffer> } {
    const [kind, id, part] = path.split(/[/?]/);
    if (kind === 'copy') return { type: 'application/pdf', body: pdf(`Certified copy ${this.#copies.get(id ?? '')?.number.split('/')[0] ?? ''}`) };
    if (kind === 'camera' && this.cameraProblem) throw new DeskFault('camera_silent');
    if (kind === 'camera') return { type: 'image/svg+xml', body: photograph('BẢN CHÍNH') };
    if (kind === 'waiting') return { type: 'image/svg+xml', body: rectified('TRANG', 0, 1) };
    const page = this.#pages.find((candidate) => candidate.id === id);
    const label = `TRANG ${this.#pages.findIndex((candidate) => candidate.id === id) + 1}`;
    const body = part === 'original' ? photograph(label) : rectified(label, page?.quarterTurns ?? 0, part === 'full' ? 2.5 : 1);
    return { type: 'image/svg+xml', body };
  }

  /** Fills the desk with a day's work, for pictures. */
  busy(): this {
    const rows: [string, string, number, EntryView['delivery'], string][] = [
      ['Trần Văn Dũng', 'Giấy khai sinh', 2, 'delivered', ''],
      ['Lê Thị Ánh Tuyết', 'Bằng tốt nghiệp đại học', 5, 'delivered', ''],
      ['Phạm Quốc Việt', 'Giấy chứng nhận quyền sử dụng đất', 1, 'held', ''],
      ['', '', 0, null, 'mất điện khi đang ký'],
      ['Hoàng Thị Mỹ Duyên', 'Giấy xác nhận tình trạng hôn nhân', 1, 'sending', ''],
      ['Đặng Hữu Phước', 'Học bạ', 3, 'waiting', '']
    ];
    this.entries = rows.map(([requester, paper, copies, delivery, note], index) => ({
      id: `copy-${index}`,
      number: `${212 + index}/ĐT`,
      certifiedAt: `2026-11-21T08:${12 + index * 7}:00+07:00`,
      requester,
      requesterId: requester && '0380••••1234',
      paper,
      signer: 'Nguyễn Thị Hồng Nhung, Phó Chủ tịch',
      copies,
      fee: copies * 4000,
      note,
      voided: delivery === null,
      level: index === 0 ? 'LTA' : 'B',
      delivery
    }));
    this.jobs = this.entries
      .filter((entry) => entry.delivery)
      .map((entry) => ({
        copy: entry.id,
        number: entry.number,
        paper: entry.paper,
        state: entry.delivery ?? 'ready',
        queuedAt: entry.certifiedAt,
        sent: entry.delivery === 'delivered' ? 3_400_000 : entry.delivery === 'sending' ? 1_600_000 : 0,
        size: 3_400_000,
        nextTry: entry.delivery === 'waiting' ? '2026-11-21T09:52:00+07:00' : null,
        problem: entry.delivery === 'held' ? 'copy-refused' : entry.delivery === 'waiting' ? 'timed-out' : null,
        deliveredAt: entry.delivery === 'delivered' ? '2026-11-21T09:02:00+07:00' : null
      }));
    for (const entry of this.entries) this.#copies.set(entry.id, this.#copyOf(entry));
    this.#count();
    return this;
  }

  /** Cases of these papers wait to be signed. */
  withWaiting(...papers: string[]): this {
    const people = ['Trần Văn Dũng', 'Lê Thị Ánh Tuyết', 'Phạm Quốc Việt'];
    this.#wait(
      papers.map((paper, index) => ({
        id: `waiting-${index}`,
        requester: people[index % 3] ?? '',
        paper,
        fee: { pages: 1 + (index % 3), copies: 1 + (index % 2), perCopy: 2000, total: 2000 * (1 + (index % 2)) },
        since: now,
        due: index === 0 ? '2026-11-20T17:00:00+07:00' : '2026-11-21T17:00:00+07:00'
      }))
    );
    return this;
  }

  /** Pages of these names lie on the counter already. */
  withPages(...names: string[]): this {
    for (const name of names) this.#add(name);
    return this;
  }

  /** Every page is of a card's size. */
  cardSized(): void {
    for (const page of this.#pages) this.#change(page.id, { paperSize: 'ID-1', widthMm: 85.6, heightMm: 54 });
  }

  #token(fingerprint: string): TokenView {
    const chosen = this.tokens.find((candidate) => candidate.fingerprint === fingerprint);
    if (!chosen) throw new DeskFault('token_not_found');
    return chosen;
  }

  /** The keys want their PIN for each signature. */
  wantsPins = false;

  signIn(): this {
    for (const role of ['performer', 'agency'] as const) this.#open(role);
    return this;
  }

  #handlers: Handlers = {
    app_state: () => {
      if (this.refusal) throw this.refusal;
      return this.app;
    },
    status: () => this.status,
    tokens_list: () => ({ tokens: this.tokens, modules: this.modules }),
    token_facts: ({ fingerprint }) => this.#token(fingerprint),
    token_give_up: () => ({}),
    token_check: () => ({
      program: '0.1.0',
      system: 'linux x86_64',
      card_service: { problem: 'no card service on this computer', readers: [] },
      modules: []
    }),
    session_open: ({ role, fingerprint, pin: typed, lastTryAccepted }) => {
      const chosen = this.#token(fingerprint);
      if (chosen.pin === 'locked') throw new DeskFault('pin_locked');
      if (chosen.pin === 'finalTry' && !lastTryAccepted) throw new DeskFault('pin_last_try');
      if (typed !== pin) {
        this.#wrongPins += 1;
        chosen.pin = this.#wrongPins >= 3 || chosen.pin === 'finalTry' ? 'locked' : this.#wrongPins === 2 ? 'finalTry' : 'countLow';
        throw chosen.pin === 'locked'
          ? new DeskFault('pin_locked')
          : new DeskFault('pin_incorrect', { tries: chosen.pin === 'finalTry' ? 'last' : 'low' });
      }
      this.#wrongPins = 0;
      chosen.pin = 'ok';
      this.#open(role);
      return this.status.session;
    },
    session_close: ({ role }) => {
      this.status = { ...this.status, session: { ...this.status.session, [role]: null } };
      return this.status.session;
    },
    case_get: () => this.#view(),
    case_update: (form) => {
      this.#form = form;
      return this.#view();
    },
    case_attest: ({ attested }) => {
      this.#attested = attested;
      return this.#view();
    },
    case_discard: () => this.#newCase(),
    case_sign: ({ pins }) => {
      this.lastPins = pins;
      return this.#sign();
    },
    case_set_aside: () => {
      const { id, form, fee, due, missing } = this.#view();
      const open = missing.filter((code) => code !== 'performer' && code !== 'agency');
      if (open.length) throw new DeskFault('case_incomplete', { missing: open });
      this.#wait([...this.waiting, { id, requester: form.requester.name, paper: form.paper.name, fee, since: now, due }]);
      return this.#newCase();
    },
    cases_waiting: () => ({ cases: this.waiting }),
    case_take_up: ({ case: id }) => {
      if (this.#pages.length) throw new DeskFault('counter_occupied');
      const taken = this.waiting.find((one) => one.id === id) ?? this.#missing();
      this.#wait(this.waiting.filter((one) => one.id !== id));
      this.#form = { ...emptyForm(), requester: { ...emptyForm().requester, name: taken.requester }, paper: { ...emptyForm().paper, name: taken.paper } };
      this.#caseId = id;
      return this.#view();
    },
    cases_sign: async ({ cases, pins }) => {
      this.lastPins = pins;
      this.#stopped = false;
      let ended = false;
      const outcomes: CaseOutcome[] = [];
      for (const [index, id] of cases.entries()) {
        const fault = this.batchFault?.after === index ? this.batchFault.fault : null;
        const one = this.waiting.find((waiting) => waiting.id === id) ?? this.#missing();
        let number: string | null = null;
        if (!ended && !this.#stopped && !fault) {
          number = `${this.#number}/ĐT`;
          this.#number += 1;
          this.#wait(this.waiting.filter((waiting) => waiting.id !== id));
          await this.#step('number', 'build', 'performer', 'agency', 'commit');
          this.#finish(id, number, one.paper, one.requester, one.fee.copies, one.fee.total, one.fee.pages);
        }
        outcomes.push({ case: id, number, fault: ended || !fault ? null : ({ code: fault.code, params: fault.params } as CaseOutcome['fault']) });
        ended ||= fault !== null;
      }
      return { outcomes };
    },
    cases_stop: () => {
      this.#stopped = true;
      return {};
    },
    page_add: ({ name }) => this.#add(name),
    page_set_corners: ({ page, corners }) => this.#change(page, { corners, confidence: 1, needsConfirmation: false, warnings: [] }),
    page_confirm: ({ page }) => this.#change(page, { confidence: 1, needsConfirmation: false, warnings: [] }),
    page_set_light: ({ page, even }) => this.#change(page, { evenLight: even }),
    page_set_paper: ({ page, paper }) => this.#change(page, { told: paper, ...(paper === 'a5' ? { paperSize: 'A5', widthMm: 148, heightMm: 210, dpi: 425 } : {}) }),
    page_reset: ({ page }) => this.#change(page, { corners: [...outline], quarterTurns: 0 }),
    page_separate: ({ page }) => {
      this.#change(page, { papers: 1, warnings: ['lowConfidence'] });
      this.#pages.splice(this.#pages.indexOf(this.#page(page)) + 1, 0, { ...this.#page(page), id: this.#id('page') });
      return this.#view();
    },
    page_rotate: ({ page, quarterTurns }) =>
      this.#change(page, { quarterTurns: ((this.#page(page).quarterTurns + quarterTurns) % 4) }),
    page_move: ({ page, to }) => {
      const moving = this.#page(page);
      this.#pages = this.#pages.filter(({ id }) => id !== page);
      this.#pages.splice(to, 0, moving);
      this.#attested = false;
      return this.#view();
    },
    page_delete: ({ page }) => {
      const place = this.#pages.findIndex(({ id }) => id === page);
      this.#removed.push({ place, page: this.#page(page) });
      this.#pages = this.#pages.filter(({ id }) => id !== page);
      this.#attested = false;
      return this.#view();
    },
    page_restore: () => {
      const last = this.#removed.pop();
      if (!last) throw new DeskFault('not_found');
      this.#pages = this.#pages.toSpliced(last.place, 0, last.page);
      this.#attested = false;
      return this.#view();
    },
    cameras_list: () => ({ cameras: this.cameras }),
    camera_sight: () => ({
      settled: true,
      still: true,
      shootNow: false,
      width: 1500,
      height: 2000,
      corners: [...outline],
      confidence: 0.9,
      certain: true,
      dpi: 231,
      measured: this.standSteps >= 2,
      standMoved: this.standMoved,
      notes: this.notes,
      belowLegalFloor: false,
      problem: this.cameraProblem,
      ...this.sight
    }),
    stand_state: () => this.#stand(),
    stand_take: ({ step }) => {
      this.standSteps = ['mat', 'sheet', 'white'].indexOf(step) + 1;
      return this.#stand();
    },
    stand_forget: () => {
      this.standSteps = 0;
      return this.#stand();
    },
    scanners_list: ({ search }) => {
      if (search && !this.scanners.length) this.scanners = [fujitsu];
      return { scanners: this.scanners };
    },
    scanner_add: ({ address }) => {
      this.scanners = [{ ...fujitsu, id: `escl:${address}`, name: `Máy quét ${address}`, driver: 'escl' }, ...this.scanners];
      return { scanners: this.scanners };
    },
    scanner_remove: ({ scanner }) => {
      this.scanners = this.scanners.filter(({ id }) => id !== scanner);
      return { scanners: this.scanners };
    },
    scanner_abilities: () => ({ feeds: ['platen', 'feeder', 'manualDuplex'], resolutions: [200, 300, 600] }),
    scan_run: ({ feed, pass }) => {
      const count = this.jamAfter || (feed === 'platen' ? 1 : 3);
      for (let page = 0; page < count; page += 1) this.#add('FUJITSU fi-7160');
      this.emit({ topic: 'case' });
      if (this.jamAfter) throw new DeskFault('scanner_paper_jam');
      return { pages: count, awaitingBacks: feed === 'manualDuplex' && pass === 'first' ? count : 0, unpaired: 0 };
    },
    scan_cancel: () => ({}),
    page_pair: ({ front, back }) => {
      this.#pages = this.#pages.filter(({ id }) => id !== back);
      return this.#change(front, { twoSided: true, corners: null, paperSize: 'A4', widthMm: 210, heightMm: 297 });
    },
    page_split: ({ page }) => {
      const front = { twoSided: false, paperSize: 'ID-1', widthMm: 85.6, heightMm: 54 };
      this.#change(page, front);
      this.#pages.splice(this.#pages.indexOf(this.#page(page)) + 1, 0, { ...this.#page(page), id: this.#id('page') });
      return this.#view();
    },
    card_read: () => this.card ?? this.#noCard(),
    phone_open: () => this.phone,
    phone_state: () => this.phone,
    phone_close: () => ({}),
    folder_watch: ({ path }) => (this.folder = { ...this.folder, path }),
    folder_state: () => this.folder,
    camera_shoot: () => this.#add('Máy chụp tập huấn'),
    camera_next: () => ({}),
    register_day: ({ date }) => {
      const entries = !date || date === now.slice(0, 10) ? this.entries : [];
      const done = entries.filter((entry) => !entry.voided);
      const sum = (of: (entry: EntryView) => number) => done.reduce((total, entry) => total + of(entry), 0);
      return { date: date || now.slice(0, 10), entries, acts: done.length, copies: sum((e) => e.copies), fees: sum((e) => e.fee) };
    },
    copy_get: ({ copy }) => this.#copies.get(copy) ?? this.#missing(),
    copy_export: ({ copy }) => ({ path: `Tài liệu/Mộc Bản/${this.#copies.get(copy)?.fileName ?? ''}` }),
    unfinished_list: () => ({ acts: this.acts }),
    unfinished_resume: async ({ copy }) => {
      const act = this.acts.find(({ id }) => id === copy) ?? this.#missing();
      await this.#step('performer', 'agency', 'commit');
      this.acts = this.acts.filter(({ id }) => id !== copy);
      this.status = { ...this.status, unfinished: this.acts.length };
      return this.#finish(copy, act.number, act.paper, act.requester, 1, 2000);
    },
    unfinished_void: ({ copy }) => {
      this.acts = this.acts.filter(({ id }) => id !== copy);
      this.status = { ...this.status, unfinished: this.acts.length };
      return { acts: this.acts };
    },
    queue_list: () => ({ lane: this.status.queue.lane, problem: this.queueProblem, jobs: this.jobs }),
    queue_run: () => ({ lane: this.status.queue.lane, problem: null, jobs: this.jobs }),
    verify_file: async ({ name }) => {
      await new Promise((resolve) => setTimeout(resolve, this.verifyPause));
      if (name.endsWith('.broken')) throw new DeskFault('storage_failed', { detail: name });
      return this.#verified(verification(name));
    },
    verify_copy: ({ copy }) => this.#verified(verification(`ban-sao-${this.#copies.get(copy)?.fileName ?? ''}`)),
    verify_save: ({ verifications, format }) => {
      for (const id of verifications) if (!this.verifications.has(id)) this.#missing();
      return { path: `Tài liệu/MocBan/kiem-tra.${format}` };
    },
    queue_retry: ({ copy }) => {
      this.jobs = this.jobs.map((job) => (job.copy === copy ? { ...job, state: 'ready', problem: null } : job));
      this.#count();
      return { lane: 'sending', problem: null, jobs: this.jobs };
    }
  };

  #verified(answer: Verification): Verification {
    const known = { ...answer, id: this.#id('verification') };
    this.verifications.set(known.id, known);
    return known;
  }

  #id(kind: string): string {
    return `${kind}-${(this.#ids += 1)}`;
  }

  #noCard(): never {
    throw new DeskFault('card_not_read', { reason: 'no_code' });
  }

  #missing(): never {
    throw new DeskFault('not_found');
  }

  #open(role: SigningRole): void {
    const chosen = this.tokens.find(({ suggestedRole }) => suggestedRole === role);
    if (!chosen) return;
    const { fingerprint, holder, daysLeft, pinPad } = chosen;
    const title = role === 'performer' ? 'KT. CHỦ TỊCH – PHÓ CHỦ TỊCH' : '';
    this.status = { ...this.status, session: { ...this.status.session, [role]: { fingerprint, holder, title, daysLeft, pinForEachSignature: this.wantsPins, pinPad } } };
  }

  #stand(): StandView {
    const measured = this.standSteps >= 2;
    return {
      measuredAt: measured ? now : null,
      dpi: measured ? 231 : null,
      bend: this.standSteps >= 2 ? -1.2 : null,
      unevenness: this.standSteps >= 3 ? 12 : null,
      next: this.standSteps === 0 ? 'mat' : this.standSteps === 1 ? 'sheet' : 'white'
    };
  }

  #page(id: string): PageView {
    return this.#pages.find((page) => page.id === id) ?? this.#missing();
  }

  #add(source: string): CaseView {
    if (source.endsWith('.txt')) throw new DeskFault('picture_unsupported', { name: source });
    this.#pages.push({
      id: this.#id('page'),
      revision: 1,
      source,
      originalSha256: '0'.repeat(64),
      width: 1500,
      height: 2000,
      corners: [...outline],
      confidence: this.uncertain ? 0.4 : 0.95,
      needsConfirmation: this.uncertain || source.startsWith('loa'),
      quarterTurns: 0,
      twoSided: false,
      dpi: source.startsWith('thap') ? 163 : 300,
      widthMm: 210,
      heightMm: 297,
      paperSize: 'A4',
      told: null,
      evenLight: null,
      alike: this.#pages.length === 2 ? 1 : null,
      papers: source.startsWith('hai-to') ? 2 : 1,
      warnings: source.startsWith('loa') ? ['glare'] : source.startsWith('hai-to') ? ['severalPapers'] : source.startsWith('thap') ? ['belowLegalFloor'] : this.uncertain ? ['lowConfidence'] : []
    });
    this.#attested = false;
    return this.#view();
  }

  #change(id: string, part: Partial<PageView>): CaseView {
    const page = this.#page(id);
    Object.assign(page, part, { revision: page.revision + 1 });
    this.#attested = false;
    return this.#view();
  }

  #view(): CaseView {
    const { requester, paper, copies } = this.#form;
    const pages = this.#pages.length;
    const perCopy = 2000 * Math.min(pages, 2) + 1000 * Math.max(pages - 2, 0);
    const checks: [boolean, Missing][] = [
      [requester.name.trim() !== '', 'requesterName'],
      [/^\d{12}$|^\d{9}$|^[A-Z]\d{7}$/.test(requester.idNumber), 'requesterId'],
      [paper.name.trim() !== '', 'paperName'],
      [pages > 0, 'pages'],
      [!this.#pages.some((page) => page.needsConfirmation && !page.warnings.includes('glare')), 'pageOutline'],
      [!this.#pages.some((page) => page.dpi < 200), 'pageResolution'],
      [!this.#pages.some((page) => page.needsConfirmation && page.warnings.includes('glare')), 'pageQuality'],
      [this.#attested, 'attestation'],
      [this.status.session.performer !== null, 'performer'],
      [this.status.session.agency !== null, 'agency']
    ];
    return {
      id: this.#caseId,
      form: this.#form,
      pages: this.#pages,
      removed: this.#removed.map(({ place, page }) => ({ page: page.id, number: place + 1 })),
      copySize: this.copySize ?? this.#pages.length * 1e6,
      attested: this.#attested,
      fee: { pages, copies, perCopy, total: perCopy * copies },
      statement: [
        { kind: 'title', text: 'Chứng thực bản sao đúng với bản chính' },
        { kind: 'number', text: `Số chứng thực ${this.status.book.nextNumber} quyển số ${this.status.book.volume}` },
        { kind: 'date', text: 'Ngày 21 tháng 11 năm 2026' },
        { kind: 'capacity', text: 'KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH' },
        { kind: 'signer', text: 'Nguyễn Thị Hồng Nhung' }
      ],
      due: '2026-11-21T17:00:00+07:00',
      missing: checks.filter(([met]) => !met).map(([, code]) => code)
    };
  }

  #wait(waiting: WaitingView[]): void {
    this.waiting = waiting;
    this.status = { ...this.status, waiting: waiting.length };
    this.emit({ topic: 'waiting' });
  }

  #newCase(): CaseView {
    this.#form = emptyForm();
    this.#pages = [];
    this.#removed = [];
    this.#attested = false;
    this.#caseId = this.#id('case');
    return this.#view();
  }

  async #step(...steps: SigningStep[]): Promise<void> {
    for (const step of steps) {
      this.emit({ topic: 'signing', step });
      await new Promise((resolve) => setTimeout(resolve, this.stepPause));
    }
  }

  async #sign(): Promise<SignedCopy> {
    const { missing, fee, form, id } = this.#view();
    if (missing.length) throw new DeskFault('case_incomplete', { missing });
    const number = this.status.book.nextNumber;
    await this.#step('number', 'build', 'performer', 'agency', 'commit');
    this.#number += 1;
    this.status = { ...this.status, book: { ...this.status.book, nextNumber: `${this.#number}/ĐT` } };
    const copy = this.#finish(id, number, form.paper.name, form.requester.name, form.copies, fee.total, fee.pages);
    this.#newCase();
    return copy;
  }

  #finish(id: string, number: string, paper: string, requester: string, copies: number, fee: number, pages = 1): SignedCopy {
    const entry: EntryView = {
      id,
      number,
      certifiedAt: now,
      requester,
      requesterId: '0380••••1234',
      paper,
      signer: 'Nguyễn Thị Hồng Nhung, Phó Chủ tịch',
      copies,
      fee,
      note: '',
      voided: false,
      level: 'B',
      delivery: 'ready'
    };
    this.entries = [...this.entries, entry];
    this.jobs = [
      { copy: id, number, paper, state: 'ready', queuedAt: now, sent: 0, size: 3_400_000, nextTry: null, problem: null, deliveredAt: null },
      ...this.jobs
    ];
    const copy = { ...this.#copyOf(entry), fee: { pages, copies, perCopy: fee / copies, total: fee } };
    this.#copies.set(id, copy);
    this.#count();
    for (const topic of ['register', 'queue', 'status', 'case'] as const) this.emit({ topic });
    return copy;
  }

  #copyOf(entry: EntryView): SignedCopy {
    return {
      id: entry.id,
      number: entry.number,
      volume: this.status.book.volume,
      certifiedAt: entry.certifiedAt,
      sha256: '7f3c9a'.padEnd(64, 'b'),
      size: 3_400_000,
      fee: { pages: 2, copies: entry.copies, perCopy: 4000, total: entry.fee },
      level: entry.level,
      fileName: `BanSao_${entry.number.replace(/\D+/g, '')}.pdf`
    };
  }

  #count(): void {
    const open = this.jobs.filter(({ state }) => state !== 'delivered');
    const held = open.filter(({ state }) => state === 'held').length;
    this.status = { ...this.status, queue: { waiting: open.length, held, oldestSeconds: open.length ? 4980 : 0, lane: open.length ? 'sending' : 'idle' } };
  }
}
