import { Body, Get, Patch } from '@nestjs/common';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient } from '@reputable/auth';
import { Role, type User, UserService } from '@reputable/contracts/user/v1/user';
import type { z } from 'zod';
import { ApiController } from './api-controller.ts';
import { Operation } from './operation.ts';
import { Me, ProfileChange } from './shapes.ts';
import { timeOf } from './time.ts';

const { method: rpc } = UserService;

/** The signed-in user. */
@ApiController('/me')
export class MeController {
  constructor(@InjectClient(UserService) readonly users: Client<typeof UserService>) {}

  @Get()
  @Operation({ summary: 'Gets the signed-in user', rpcs: [rpc.getUser], needsUser: true, answer: Me })
  async get(@CurrentUser() { id }: AuthenticatedUser) {
    return shown((await this.users.getUser({ id })).user);
  }

  @Patch()
  @Operation({ summary: 'Changes your profile', rpcs: [rpc.updateProfile], answer: Me })
  async update(@Body({ schema: ProfileChange }) change: z.output<typeof ProfileChange>) {
    return shown((await this.users.updateProfile(change)).user);
  }
}

function shown(user: User | undefined): z.output<typeof Me> | undefined {
  if (!user) return undefined;
  const { id, displayName, reputation, roles, createdAt } = user;
  return { id, displayName, reputation, roles: roles.flatMap((role) => NAMES[role]), createdAt: timeOf(createdAt) };
}

const NAMES = { [Role.UNSPECIFIED]: [], [Role.MODERATOR]: ['MODERATOR' as const], [Role.ADMIN]: ['ADMIN' as const] };
