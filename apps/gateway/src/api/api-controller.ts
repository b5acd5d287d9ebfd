import {
  applyDecorators,
  Controller,
  StandardSchemaValidationPipe,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { invalid } from '@reputable/errors';
import { API_PATH } from './api-path.ts';
import { ApiErrors } from './api-errors.ts';
import { ApiGuard, AsTokenUser } from './api.guard.ts';

type Issues = Parameters<NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>>[0];

const validation = new StandardSchemaValidationPipe({ exceptionFactory: (issues: Issues) => invalid(issues.map(violationOf)) });

const violationOf = ({ path = [], message }: Issues[number]) => ({
  field: path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
  description: message,
});

/** A controller of the HTTP API below this path. */
export const ApiController = (path: string) =>
  applyDecorators(
    Controller(API_PATH + path),
    UseGuards(ApiGuard),
    UseInterceptors(AsTokenUser),
    UsePipes(validation),
    UseFilters(ApiErrors),
  );
