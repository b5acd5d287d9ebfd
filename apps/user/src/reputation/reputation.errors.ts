import { type Reason, ReasonSchema } from '@reputable/contracts/user/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user may not see another user's events. */
export const notYourEvents = () => error(Code.PERMISSION_DENIED, 'NOT_YOUR_EVENTS', "Only moderators see others' reputation events.");

/** The service may not report events of this kind. */
export const kindNotYours = (caller: string, kind: string) =>
  error(Code.PERMISSION_DENIED, 'KIND_NOT_YOURS', `${kind} is not reported by ${caller}.`, { caller, kind });

/** The event is too old to be counted: it may have been counted and forgotten. */
export const eventTooOld = (id: string, days: number) =>
  error(Code.FAILED_PRECONDITION, 'EVENT_TOO_OLD', `Event ${id} happened more than ${days} days ago and may have been counted already.`, {
    id,
    days: String(days),
  });
