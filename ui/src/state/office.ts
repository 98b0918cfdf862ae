/** Everything a screen may need, handed down by the frame. */
import { createContext } from 'svelte';
import type { Backend } from '../backend';
import { Counter } from './counter.svelte';
import { Desk } from './desk.svelte';
import { Faults } from './faults.svelte';
import { Place } from './place.svelte';
import { Verifying } from './verifying.svelte';

export interface Office {
  backend: Backend;
  desk: Desk;
  counter: Counter;
  faults: Faults;
  place: Place;
  verifying: Verifying;
}

export function openOffice(backend: Backend): Office {
  const faults = new Faults();
  return {
    backend,
    faults,
    desk: new Desk(backend),
    counter: new Counter(backend, faults),
    place: new Place(),
    verifying: new Verifying(backend, faults)
  };
}

export const [useOffice, provideOffice] = createContext<Office>();
