/**
 * The types of audit events. docs/audit.md describes each. A spec compares the two.
 */
export const EVENT_TYPES = [
  'log_in',
  'password_check',
  'session_begun',
  'log_out',
  'session_revoked',
  'token_reused',
  'account_created',
  'account_deleted',
  'data_exported',
  'password_changed',
  'password_reset',
  'email_changed',
  'email_verified',
  'personal_access_token_created',
  'personal_access_token_revoked',
  'client_registered',
  'client_removed',
  'consent_given',
  'consent_withdrawn',
  'provider_linked',
  'provider_unlinked',
  'issuer_event_applied',
  'key_created',
  'key_rotated',
  'key_revoked',
  'role_granted',
  'role_revoked',
  'user_suspended',
  'user_reinstated',
  'database_restored',
  'events_dropped',
] as const;

/** The type of an audit event. */
export type EventType = (typeof EVENT_TYPES)[number];
