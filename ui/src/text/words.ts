/** Words for the desk's enumerations. A code without a text does not compile; `tests/messages.test.ts` walks them too. */
import type {
  CertificateProblem,
  JobState,
  Lane,
  Missing,
  Mode,
  PageWarning,
  PinState,
  SigningRole,
  SigningStep,
  ToldPaper,
  UnfinishedState
} from '../backend';
import { m } from '../paraglide/messages.js';

/** Days before the end of a certificate from which the officer is told: a new one takes weeks. */
export const expiringWithin = 30;

export const roleWord = (code: SigningRole): string => m[`signing_role_${code}`]();
export const stepWord = (code: SigningStep): string => m[`signing_step_${code}`]();
export const pinWord = (code: PinState): string => m[`pin_state_${code}`]();
export const certificateWord = (code: CertificateProblem): string => m[`certificate_problem_${code}`]();
export const missingWord = (code: Missing): string => m[`missing_${code}`]();
export const warningWord = (code: PageWarning): string => m[`page_warning_${code}`]();
/** The same while the camera looks: a few words, read at a glance. */
export const liveWord = (code: PageWarning): string => m[`live_${code}`]();
export const paperWord = (code: ToldPaper): string => m[`told_${code}`]();
export const laneWord = (code: Lane): string => m[`lane_${code}`]();
export const jobWord = (code: JobState): string => m[`job_state_${code}`]();
export const unfinishedWord = (code: UnfinishedState): string => m[`unfinished_state_${code}`]();
export const modeWord = (code: Mode): string => m[`mode_${code}`]();
