/** Leads the officer to what is missing: each code knows the control that cures it. */
import type { Missing } from '../backend';

const controlOf: Readonly<Record<Missing, string>> = {
  requesterName: 'requester-name',
  requesterId: 'requester-id',
  paperName: 'paper-name',
  pages: 'add-files',
  pageOutline: 'confirm-outline',
  pageResolution: 'delete-page',
  pageQuality: 'confirm-outline',
  attestation: 'attestation',
  performer: 'sign',
  agency: 'sign'
};

/** With nothing missing the button that signs is next. */
export function focusMissing(code: Missing | null): void {
  const control = document.getElementById(code ? controlOf[code] : 'sign');
  control?.focus();
  control?.scrollIntoView({ block: 'nearest' });
}
