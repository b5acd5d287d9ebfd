import { GRPC_SERVICES } from '@reputable/contracts/registry';

/** What a probe finds where every service says the same of a token, and the gateway too unless it says something else. */
export const everywhere = (inside: string, atTheGateway = inside): Record<string, string> => ({
  ...Object.fromEntries(GRPC_SERVICES.map((name) => [name, inside])),
  gateway: atTheGateway,
});

/** What a probe finds of a token whose session is over: auth has forgotten the opaque one, and the signed one is revoked. */
export const OVER = everywhere('TOKEN_REVOKED', 'TOKEN_INVALID');
