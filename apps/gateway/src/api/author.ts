import type { User } from '@reputable/contracts/user/v1/user';

/** The author of a post or a comment. */
export const authorOf = ({ id, displayName, reputation }: User) => ({ id, displayName, reputation });
