import { All, Controller, NotFoundException, Req, UseFilters } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiErrors } from './api-errors.ts';
import { API_PATH } from './api-path.ts';

/** Answers requests that no operation takes. */
@Controller(API_PATH)
@UseFilters(ApiErrors)
export class UnknownPathController {
  @All('*')
  refuse(@Req() { method, url }: FastifyRequest): never {
    throw new NotFoundException(`There is no ${method} ${url.split('?')[0] ?? ''}.`);
  }
}
