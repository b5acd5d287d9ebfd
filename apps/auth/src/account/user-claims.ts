import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { type GetClaimsResponse, UserService } from '@reputable/contracts/user/v1/user';
import { userSuspended } from './account.errors.ts';

/** The current claims of a user, from the user service. */
@Injectable()
export class UserClaims {
  constructor(@InjectClient(UserService) readonly users: Client<typeof UserService>) {}

  /** @throws DomainError USER_SUSPENDED, or the error of the call to the user service */
  async of(userId: string): Promise<GetClaimsResponse> {
    const claims = await this.users.getClaims({ userId });
    if (claims.suspended) throw userSuspended();
    return claims;
  }
}
