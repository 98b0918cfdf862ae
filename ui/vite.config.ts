import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { licenceFiles } from './licences';

/** `vite --mode double`: answers the desk's commands from memory, to work on the screens without a desk. */
function deskDouble(): Plugin {
  return {
    name: 'desk-double',
    apply: (_, { mode }) => mode === 'double',
    async configureServer(server) {
      const host = (await server.ssrLoadModule('/tests/host.ts')) as typeof import('./tests/host');
      server.middlewares.use(host.middleware());
    }
  };
}

export default defineConfig({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/paraglide',
      outputStructure: 'locale-modules',
      strategy: ['globalVariable', 'baseLocale']
    }),
    svelte(),
    licenceFiles(),
    deskDouble()
  ],
  clearScreen: false,
  // The app's mark lies with the other assets, outside this folder.
  server: { host: '127.0.0.1', fs: { allow: ['.', '../assets'] } },
  build: {
    target: ['es2022', 'safari16'],
    // Nothing inlined as data: or as inline script, so the strict content security policy holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // pdf.js is a chunk of its own, loaded when the first copy is shown.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // `.mjs` workers as `.js`: every host knows that type.
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith('.mjs')) ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]'
      }
    }
  }
});
