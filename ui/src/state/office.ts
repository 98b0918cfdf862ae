/** Everything a screen may need, handed down by the frame. */
import { createContext } from 'svelte';
import type { Backend } from '../backend';
import { Counter } from './counter.svelte';
import { Desk } from './desk.svelte';
import { Faults } from './faults.svelte';
import { Pins } from './pins.svelte';
import { Place } from './place.svelte';
import { Verifying } from './verifying.svelte';
import { Waiting } from './waiting.svelte';

export interface Office {
  backend: Backend;
  desk: Desk;
  counter: Counter;
  waiting: Waiting;
  pins: Pins;
  faults: Faults;
  place: Place;
  verifying: Verifying;
}

export function openOffice(backend: Backend): Office {
  const faults = new Faults();
  const desk = new Desk(backend);
  const pins = new Pins(() => desk.status?.session ?? null);
  return {
    backend,
    faults,
    desk,
    pins,
    counter: new Counter(backend, faults, pins),
    waiting: new Waiting(backend, faults, pins),
    place: new Place(),
    verifying: new Verifying(backend, faults)
  };
}

export const [useOffice, provideOffice] = createContext<Office>();
