import { type Reason, ReasonSchema } from '@reputable/contracts/user/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** Somebody asked for the events of somebody else. */
export const notYourEvents = () => error(Code.PERMISSION_DENIED, 'NOT_YOUR_EVENTS', "Only moderators see others' reputation events.");

/** A service reported what does not happen in it. */
export const kindNotYours = (caller: string, kind: string) =>
  error(Code.PERMISSION_DENIED, 'KIND_NOT_YOURS', `${kind} is not reported by ${caller}.`, { caller, kind });
