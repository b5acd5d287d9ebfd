import { GRPC_SERVICES } from '@reputable/contracts/registry';

/** A probe's expected outcomes: `inside` at every service, `atTheGateway` at the gateway. */
export const everywhere = (inside: string, atTheGateway = inside): Record<string, string> => ({
  ...Object.fromEntries(GRPC_SERVICES.map((name) => [name, inside])),
  gateway: atTheGateway,
});

/** A probe's expected outcomes for a token whose session has ended: auth has deleted the opaque token, and the JWT is revoked. */
export const SESSION_ENDED = everywhere('TOKEN_REVOKED', 'TOKEN_INVALID');
