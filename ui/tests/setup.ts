/** What jsdom lacks of a window: modal dialogs and observers of layout. Tests in plain Node need none of it. */
import { afterEach } from 'vitest';

if (typeof window !== 'undefined') {
  const { cleanup, configure } = await import('@testing-library/svelte');
  // Shared machines are slow: what appears late has appeared all the same.
  configure({ asyncUtilTimeout: 15_000 });
  const { setLocale } = await import('../src/text');
  HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
    this.open = true;
    this.querySelector<HTMLElement>('[autofocus], input, button')?.focus();
  };
  HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
    this.open = false;
  };
  class Blind {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  }
  window.ResizeObserver ??= Blind as never;
  window.IntersectionObserver ??= Blind as never;
  Element.prototype.scrollIntoView ??= () => undefined;
  afterEach(() => {
    cleanup();
    setLocale('vi');
  });
}
