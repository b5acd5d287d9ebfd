import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import { reputationOf } from './profile.entity.ts';
import * as requests from './profile.requests.ts';
import { ProfileService } from './profile.service.ts';
import { toMessage } from './profile.mapper.ts';

/** The rpcs of UserService about profiles. */
@Controller()
export class ProfileController {
  constructor(readonly profiles: ProfileService) {}

  @GrpcMethod('UserService')
  async getUser(request: unknown) {
    const { id } = valid(requests.GetUser, request);
    return { user: toMessage(await this.profiles.get(id)) };
  }

  @GrpcMethod('UserService')
  async batchGetUsers(request: unknown) {
    const { ids, readMask: fields } = valid(requests.BatchGetUsers, request);
    return { users: (await this.profiles.getMany(ids, fields)).map((profile) => toMessage(profile, fields)) };
  }

  @GrpcMethod('UserService')
  async listUsers(request: unknown) {
    const { pageSize, pageToken } = valid(requests.ListUsers, request);
    const { rows, nextPageToken } = page(await this.profiles.list(pageSize, pageToken), pageSize);
    return { users: rows.map((profile) => toMessage(profile)), nextPageToken };
  }

  @GrpcMethod('UserService')
  async updateProfile(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { displayName } = valid(requests.UpdateProfile, request);
    return { user: toMessage(await this.profiles.rename(user.id, displayName)) };
  }

  @GrpcMethod('UserService')
  async grantRole(request: unknown) {
    const { userId, role, address } = valid(requests.ChangeRole, request);
    return { user: toMessage(await this.profiles.grant(userId, role, address)) };
  }

  @GrpcMethod('UserService')
  async revokeRole(request: unknown) {
    const { userId, role, address } = valid(requests.ChangeRole, request);
    return { user: toMessage(await this.profiles.revoke(userId, role, address)) };
  }

  @GrpcMethod('UserService')
  async suspendUser(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { userId, ...suspension } = valid(requests.SuspendUser, request);
    return { user: toMessage(await this.profiles.suspend(userId, suspension, user)) };
  }

  @GrpcMethod('UserService')
  async reinstateUser(request: unknown) {
    const { userId, address } = valid(requests.ReinstateUser, request);
    return { user: toMessage(await this.profiles.reinstate(userId, address)) };
  }

  @GrpcMethod('UserService')
  async createProfile(request: unknown) {
    const { userId, displayName } = valid(requests.CreateProfile, request);
    await this.profiles.create(userId, displayName);
    return {};
  }

  @GrpcMethod('UserService')
  async releaseRoles(request: unknown) {
    const { userId, address } = valid(requests.ReleaseRoles, request);
    await this.profiles.releaseRoles(userId, address);
    return {};
  }

  @GrpcMethod('UserService')
  async deleteProfile(request: unknown) {
    await this.profiles.delete(valid(requests.DeleteProfile, request).userId);
    return {};
  }

  @GrpcMethod('UserService')
  async getClaims(request: unknown) {
    const { userId } = valid(requests.GetClaims, request);
    const profile = await this.profiles.get(userId);
    return {
      roles: profile.roles,
      reputation: reputationOf(profile),
      suspended: profile.suspended,
      displayName: profile.displayName,
    };
  }
}
