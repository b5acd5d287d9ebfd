export { methodDefinition, packageDefinition, serviceDefinition } from './service-definition.ts';
export { deletedUser } from './deleted-user.ts';
export { MalformedRequest } from './malformed-request.ts';
export { MalformedText } from './malformed-text.ts';
export { SERVICES } from './registry/registry.ts';
export { ROLES } from './roles.ts';
export { GRANTABLE_SCOPES, SCOPE_EFFECTS, type GrantableScope, SCOPES } from './scopes.ts';
export { isWellFormed, newPersonalAccessToken, PERSONAL_ACCESS_TOKEN_PREFIX } from './personal-access-token.ts';
export { PROOF_ALGORITHMS } from './proof-algorithms.ts';
