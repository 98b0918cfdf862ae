/** Made-up pictures for the double: a paper on a desk as SVG, the same paper rectified, and a two-page PDF. */

const lines = (count: number) =>
  Array.from({ length: count }, (_, row) => `<rect x="90" y="${300 + row * 62}" width="${row % 4 === 3 ? 420 : 820}" height="20" fill="#5b6470"/>`).join('');

function paper(label: string): string {
  return `<rect width="1000" height="1414" fill="#fdfcf7"/><rect x="300" y="110" width="400" height="34" fill="#8d1b1b"/>
    <text x="500" y="230" font-size="58" text-anchor="middle" font-family="serif" fill="#222">${label}</text>${lines(16)}
    <circle cx="740" cy="1270" r="88" fill="none" stroke="#c22" stroke-width="9"/>`;
}

const svg = (width: number, height: number, body: string, scale = 1) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width * scale}" height="${height * scale}" viewBox="0 0 ${width} ${height}">${body}</svg>`;

/** 1500 × 2000: the desk, and the paper a little turned on it. */
export const photograph = (label: string): string =>
  svg(1500, 2000, `<rect width="1500" height="2000" fill="#7a5a3d"/><path d="M0 400H1500M0 900H1500M0 1500H1500" stroke="#6b4d33" stroke-width="12"/>
    <g transform="translate(230 210) rotate(3) scale(1.08)">${paper(label)}</g>`);

export const rectified = (label: string, turns: number, scale = 1): string =>
  turns % 2
    ? svg(1414, 1000, `<g transform="rotate(${turns * 90} 707 500) translate(207 -207)">${paper(label)}</g>`, scale)
    : svg(1000, 1414, `<g transform="rotate(${turns * 90} 500 707)">${paper(label)}</g>`, scale);

/** Corners of the paper in {@link photograph}. */
export const outline = [
  { x: 230, y: 210 },
  { x: 1308.5, y: 266.5 },
  { x: 1228.6, y: 1791.5 },
  { x: 150.1, y: 1735 }
] as const;

/** A plain PDF whose pages say what they are. */
export function pdf(title: string): Uint8Array<ArrayBuffer> {
  const content = (text: string) => `BT /F 30 Tf 90 720 Td (${text}) Tj ET 0.7 0.1 0.1 rg 90 690 420 4 re f`;
  const pages = [content(title), content('Statement page')];
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.map((_, n) => `${4 + 2 * n} 0 R`).join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>',
    ...pages.flatMap((text, n) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * n} 0 R /Resources << /Font << /F 3 0 R >> >> >>`,
      `<< /Length ${text.length} >>\nstream\n${text}\nendstream`
    ])
  ];
  let body = '%PDF-1.7\n';
  const offsets = objects.map((object, n) => {
    const at = body.length;
    body += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = body.length;
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  body += offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  body += `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Uint8Array.from(body, (character) => character.charCodeAt(0));
}
