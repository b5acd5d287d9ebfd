import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { type GetClaimsResponse, UserService } from '@reputable/contracts/user/v1/user';
import { userSuspended } from './account.errors.ts';

/** What the user service says of a user at the moment. */
@Injectable()
export class UserClaims {
  constructor(@InjectClient(UserService) readonly users: Client<typeof UserService>) {}

  /** @throws DomainError USER_SUSPENDED, for which there are no tokens; or whatever keeps the user service from answering */
  async of(userId: string): Promise<GetClaimsResponse> {
    const claims = await this.users.getClaims({ userId });
    if (claims.suspended) throw userSuspended();
    return claims;
  }
}
