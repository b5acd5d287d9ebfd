export { packageDefinition, serviceDefinition } from './service-definition.ts';
export { MalformedRequest } from './malformed-request.ts';
export { ROLES, SERVICES } from './names.ts';
