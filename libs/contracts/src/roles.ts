import { Role } from './gen/reputable/user/v1/user_pb.ts';

/** The roles of this workspace, as written in rules and tokens. A service does not start if a rule names any other role. */
export const ROLES = Object.keys(Role).filter((name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED');
