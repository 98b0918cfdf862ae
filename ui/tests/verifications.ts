/** What the double answers of files, by what their names begin with: one of each kind that the screen must show. */
import type { SignatureView, Verification } from '../src/backend';

const performer = 'Nguyễn Thị Hồng Nhung';
const agency = 'Ủy ban nhân dân xã Mộc Sơn (tập huấn)';

function signature(name: string, part: Partial<SignatureView>): SignatureView {
  return {
    verdict: 'valid',
    field: 'NguoiThucHienChungThuc',
    revision: 2,
    signer: {
      name,
      organisation: agency,
      issuer: 'CN=CA tập huấn Mộc Bản,O=Mộc Bản,C=VN',
      serial: '54010a1b2c3d4e5f',
      fingerprint: 'a1'.repeat(32)
    },
    time: '2026-11-21T09:41:07+07:00',
    provedTime: null,
    timestamps: [],
    documentTimestamp: false,
    level: 'B',
    covers: 'revision',
    content: 'intact',
    changes: 'permitted',
    trust: 'trusted',
    revocation: 'unknown',
    path: [],
    algorithm: 'RSA 2048, SHA-256',
    reason: 'Chứng thực bản sao điện tử từ bản chính',
    location: 'Xã Mộc Sơn',
    ...part
  };
}

const signed = [signature(performer, {}), signature(agency, { field: 'CoQuanChungThuc', revision: 3, changes: 'none', covers: 'whole_file' })];

const answers: Record<string, Partial<Verification>> = {
  'ban-sao': {
    headline: 'ourCopy',
    register: {
      found: 'exact',
      copy: 'copy-1',
      number: '213/ĐT',
      volume: '01/2026-SCTĐT/BS',
      certifiedAt: '2026-11-21T08:19:00+07:00',
      paper: 'Bằng tốt nghiệp đại học',
      signer: 'Nguyễn Thị Hồng Nhung, Phó Chủ tịch',
      delivery: 'delivered',
      storedAt: '2026-11-21T09:02:00+07:00'
    }
  },
  'da-sua': {
    verdict: 'invalid',
    headline: 'changedAfterwards',
    changes: 'forbidden',
    reasons: [
      { code: 'object_changed', params: { object: '17', revision: '4' } },
      { code: 'field_added', params: { field: 'GhiChu', revision: '4', signature: '“GhiChu”' } },
      { code: 'something_new', params: {} }
    ],
    signatures: signed.map((one) => ({ ...one, verdict: 'invalid', changes: 'forbidden' }))
  },
  'hop-dong': {
    warnings: [{ code: 'signing_time_after_timestamp', params: { field: 'Signature1', signature: '1', proved: '2026-11-20T16:02:11+07:00' } }],
    signatures: [
      signature('Trần Quốc Toàn', {
        level: 'LT',
        changes: 'none',
        provedTime: '2026-11-20T16:02:11+07:00',
        timestamps: [{ time: '2026-11-20T16:02:11+07:00', authority: 'TSA Chính phủ', trust: 'trusted' }],
        revocation: 'good',
        path: [{ name: 'Cơ quan chứng thực số Chính phủ G3', organisation: 'Ban Cơ yếu Chính phủ', issuer: 'CN=Root', serial: '02', fingerprint: 'b2'.repeat(32) }]
      })
    ]
  },
  'khong-ro': {
    verdict: 'undetermined',
    headline: 'signerUnknown',
    reasons: [{ code: 'chain_untrusted', params: { field: 'Signature1', signature: '1', what: 'issuer_missing' } }],
    signatures: [signature('Công ty Trách nhiệm hữu hạn một thành viên Thương mại và Dịch vụ Xuất nhập khẩu Bình Minh', { verdict: 'undetermined', trust: 'untrusted', changes: 'none' })]
  },
  'dau-vet': {
    verdict: 'invalid',
    headline: 'traces',
    content: 'unreadable',
    changes: 'unknown',
    reasons: [{ code: 'signature_traces', params: {} }],
    signatures: []
  },
  'khong-ky': { verdict: 'unsigned', headline: 'unsigned', content: 'none', signatures: [] }
};

export function verification(name: string): Verification {
  const kind = Object.keys(answers).find((start) => name.startsWith(start));
  return {
    id: '',
    name,
    size: 3_412_004,
    sha256: '7f3c9a'.padEnd(64, 'b'),
    checkedAt: '2026-11-21T09:41:30+07:00',
    verdict: 'valid',
    headline: 'valid',
    content: 'intact',
    changes: 'permitted',
    signatures: signed,
    warnings: [],
    reasons: [],
    register: null,
    ...(kind ? answers[kind] : {})
  };
}
