/** Everything a screen may need, handed down by the frame. */
import { createContext } from 'svelte';
import type { Backend } from '../backend';
import { Counter } from './counter.svelte';
import { Desk } from './desk.svelte';
import { Faults } from './faults.svelte';
import { Place } from './place.svelte';

export interface Office {
  backend: Backend;
  desk: Desk;
  counter: Counter;
  faults: Faults;
  place: Place;
}

export function openOffice(backend: Backend): Office {
  const faults = new Faults();
  return { backend, faults, desk: new Desk(backend), counter: new Counter(backend, faults), place: new Place() };
}

export const [useOffice, provideOffice] = createContext<Office>();
