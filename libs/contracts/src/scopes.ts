/**
 * The scopes of the API (RFC 6749 §3.3) that a user can grant to an application, with their effect: "The application will be able to …".
 */
export const GRANTABLE_SCOPES = {
  'posts:read': 'see how you voted',
  'posts:write': 'publish, change and delete posts in your name',
  'votes:write': 'vote in your name',
  'comments:write': 'comment in your name, and change and delete your comments',
  'profile:read': 'see what changed your reputation',
  'profile:write': 'change your display name',
} as const;

/** The effects of all scopes that an application can have, in the same words: also of those of OpenID Connect. */
export const SCOPE_EFFECTS: Readonly<Record<string, string>> = {
  openid: 'recognize you, by a number that stands for your account',
  profile: 'see your display name',
  email: 'see your e-mail address',
  ...GRANTABLE_SCOPES,
};

/** A scope that a user can grant to an application. */
export type GrantableScope = keyof typeof GRANTABLE_SCOPES;

/**
 * All scopes of the API. Only our own clients have `account` (sessions, password) and `moderation` (roles, suspensions). A service does not
 * start if a rule names any other scope.
 */
export const SCOPES: readonly string[] = [...Object.keys(GRANTABLE_SCOPES), 'account', 'moderation'];
