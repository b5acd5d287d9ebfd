import { applyDecorators, Controller, UseFilters, UseInterceptors } from '@nestjs/common';
import { ACCOUNT } from './account-page.ts';
import { AccountErrors } from './account-errors.ts';
import { AsBrowserUser } from './as-browser-user.ts';

/** A controller of pages for logged-in users, the overview unless given. Errors become pages. */
export const AccountController = (path = ACCOUNT) =>
  applyDecorators(Controller(path), UseInterceptors(AsBrowserUser), UseFilters(AccountErrors));
