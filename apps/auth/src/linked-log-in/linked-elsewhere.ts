import { notice } from '@reputable/page';
import { Refusal } from '../page/refusal.ts';

/** The user at the provider belongs to another account, or this account has another user there. */
export const linkedElsewhere = (label: string) =>
  new Refusal(
    409,
    notice(
      `${label} cannot be linked`,
      `Your account has another log-in with ${label}, or this log-in with ${label} belongs to another account here. Nothing has changed.`,
      `To change that, log in to the account that has it and unlink ${label} there.`,
    ),
  );
