import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { sendStaticFile, type StaticFile } from '../page/static-file.ts';
import { API_PATH } from './api-path.ts';

const DOCUMENT = 'openapi.json';
const FILES: ReadonlyMap<string, StaticFile> = new Map([[DOCUMENT, { from: '@reputable/gateway', path: `src/api/${DOCUMENT}` }]]);

/** The OpenAPI document, which `npm run openapi` writes. */
@Controller(API_PATH)
export class DocumentController {
  @Get(DOCUMENT)
  async document(@Res() reply: FastifyReply) {
    await sendStaticFile(reply, FILES, DOCUMENT);
  }
}
