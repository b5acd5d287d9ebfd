/** What an event does: sessions end, or the claims of the user are fetched afresh. */
export type EventEffect = 'end' | 'refresh';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type';

/** The events that have an effect, by their URI (OpenID CAEP 1.0, OpenID RISC Profile 1.0). All others are accepted without any. */
export const EFFECTS: ReadonlyMap<string, EventEffect> = new Map([
  [`${CAEP}/session-revoked`, 'end'],
  [`${CAEP}/token-claims-change`, 'refresh'],
  [`${CAEP}/credential-change`, 'refresh'],
  [`${RISC}/account-disabled`, 'end'],
  [`${RISC}/account-purged`, 'end'],
  [`${RISC}/sessions-revoked`, 'end'],
]);
