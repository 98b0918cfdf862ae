export { m } from '../paraglide/messages.js';
export * from './errors';
export * from './format';
export { locale, setLocale } from './locale.svelte';
export * from './verify';
export * from './words';
