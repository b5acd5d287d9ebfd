import { Body, Delete, Get, Patch, Req } from '@nestjs/common';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Role, type User, UserService } from '@reputable/contracts/user/v1/user';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { addressOf } from '../http/address.ts';
import { checkingPassword } from '../session/current-password.ts';
import { LogInQueue } from '../session/log-in-queue.ts';
import { ApiController } from './api-controller.ts';
import { Operation } from './operation.ts';
import { AccountDeletion, Me, ProfileChange } from './shapes.ts';
import { timeOf } from './time.ts';

const { method: rpc } = UserService;

/** The signed-in user. */
@ApiController('/me')
export class MeController {
  constructor(
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly queue: LogInQueue,
  ) {}

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

  @Delete()
  @Operation({ summary: 'Deletes your account', rpcs: [AuthService.method.deleteAccount], refusals: [409, 429] })
  async delete(
    @Body({ schema: AccountDeletion }) { currentPassword = '' }: z.output<typeof AccountDeletion>,
    @Req() request: FastifyRequest,
  ) {
    await checkingPassword(this.queue, () => this.auth.deleteAccount({ currentPassword, address: addressOf(request) }));
  }
}

function shown(user: User | undefined): z.output<typeof Me> | undefined {
  if (!user) return undefined;
  const { id, displayName, reputation, roles, createdAt } = user;
  return { id, displayName, reputation, roles: roles.flatMap((role) => NAMES[role]), createdAt: timeOf(createdAt) };
}

const NAMES = { [Role.UNSPECIFIED]: [], [Role.MODERATOR]: ['MODERATOR' as const], [Role.ADMIN]: ['ADMIN' as const] };
