import { Role } from './gen/reputable/user/v1/user_pb.ts';

/** The roles of this workspace, as they stand in rules and tokens. A rule that names any other role stops the start. */
export const ROLES = Object.keys(Role).filter((name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED');
