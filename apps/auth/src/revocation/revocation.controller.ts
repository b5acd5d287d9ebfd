import { Controller, Logger } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { valid } from '@reputable/request';
import { map } from 'rxjs';
import { DataSource } from 'typeorm';
import * as requests from './revocation.requests.ts';
import { RevocationLog } from './revocation-log.ts';
import { toMessage } from './revocation.mapper.ts';
import { revokeUser } from './revoke.ts';

/** The rpcs of AuthService about revoked tokens and changed claims. */
@Controller()
export class RevocationController {
  readonly #log = new Logger('revocations');

  constructor(
    readonly dataSource: DataSource,
    readonly revocations: RevocationLog,
  ) {}

  @GrpcMethod('AuthService')
  async revokeUser(request: unknown) {
    const { id, userId, cause } = valid(requests.RevokeUser, request);
    await revokeUser(this.dataSource.manager, id, userId);
    this.#log.log({ msg: 'user tokens revoked', user: userId, cause: RevocationCause[cause] });
    return {};
  }

  @GrpcMethod('AuthService')
  async announceClaims(request: unknown) {
    const { userId } = valid(requests.AnnounceClaims, request);
    await this.revocations.announce(userId);
    return {};
  }

  @GrpcMethod('AuthService')
  watchRevocations() {
    return this.revocations
      .watch()
      .pipe(map(({ revocations, staleUserIds }) => ({ revocations: revocations.map(toMessage), staleUserIds: [...staleUserIds] })));
  }
}
