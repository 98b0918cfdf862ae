import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Runes everywhere; styles go to files, never into the page, so that the content security policy can forbid them. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true, css: 'external' }
};
