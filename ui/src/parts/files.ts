/** A place on which files are dropped. While they hang over it, it has the class `over`. */
import type { Attachment } from 'svelte/attachments';

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

export function dropFiles(take: (files: File[]) => void): Attachment<HTMLElement> {
  return (place) => {
    // Entering a child comes before leaving its parent: counted, so that the mark does not flicker.
    let over = 0;
    const mark = (count: number) => {
      over = count;
      place.classList.toggle('over', over > 0);
    };
    const heard = {
      dragenter: () => mark(over + 1),
      dragleave: () => mark(over - 1),
      dragover: (event: DragEvent) => event.preventDefault(),
      drop: (event: DragEvent) => {
        event.preventDefault();
        mark(0);
        take([...(event.dataTransfer?.files ?? [])]);
      }
    };
    const stops = Object.entries(heard).map(([name, act]) => {
      const filtered = (event: Event) => carriesFiles(event as DragEvent) && act(event as DragEvent);
      place.addEventListener(name, filtered);
      return () => place.removeEventListener(name, filtered);
    });
    return () => stops.forEach((stop) => stop());
  };
}
