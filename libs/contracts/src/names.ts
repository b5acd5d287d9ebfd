import { Role } from './gen/reputable/user/v1/user_pb.ts';

/** The services of this workspace, by the names in their certificates. A rule that names any other stops the start. */
export const SERVICES = ['gateway', 'auth', 'user', 'post', 'comment'] as const;

/** The roles of this workspace, as they stand in rules and tokens. A rule that names any other stops the start. */
export const ROLES = Object.keys(Role).filter((name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED');
