/**
 * Licence texts that must travel with the window: its fonts (SIL Open Font License §2) and the libraries whose code is in
 * it. Written beside the pages, so that they are inside every program that holds the pages, and readable from F1.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const at = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** File name under `licences/`, and where the text stands. */
export const licences: Readonly<Record<string, string>> = {
  'be-vietnam-pro': './node_modules/@fontsource/be-vietnam-pro/LICENSE',
  tinos: './node_modules/@fontsource/tinos/LICENSE',
  'tinos-in-copies': '../assets/fonts/OFL.txt',
  lucide: './node_modules/@lucide/svelte/LICENSE',
  'pdf.js': './node_modules/pdfjs-dist/LICENSE',
  svelte: './node_modules/svelte/LICENSE.md',
  'moc-ban': '../LICENSE'
};

export function licenceFiles(): Plugin {
  return {
    name: 'licence-files',
    apply: 'build',
    generateBundle() {
      for (const [name, path] of Object.entries(licences))
        this.emitFile({ type: 'asset', fileName: `licences/${name}.txt`, source: at(path) });
    }
  };
}
