import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { valid } from '@reputable/request';
import * as requests from './data-export.requests.ts';
import { DataExportService } from './data-export.service.ts';

/** The rpc that allows an export of the user's own data. */
@Controller()
export class DataExportController {
  constructor(readonly exports: DataExportService) {}

  @GrpcMethod('AuthService')
  async authorizeDataExport(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    await this.exports.authorize(valid(requests.AuthorizeDataExport, request), user);
    return {};
  }
}
