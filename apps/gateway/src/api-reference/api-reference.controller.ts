import { Controller, Get, Param, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ErrorAnswer } from '../http/refusal.ts';
import { sendScriptedPage, sendStaticFile, type StaticFile } from '../page/static-file.ts';

const FILES: ReadonlyMap<string, StaticFile> = new Map([
  ['swagger-ui.css', { from: 'swagger-ui-dist', path: 'swagger-ui.css' }],
  ['swagger-ui.js', { from: 'swagger-ui-dist', path: 'swagger-ui-bundle.js' }],
  ['page.js', { from: '@reputable/gateway', path: 'src/api-reference/page.js' }],
  ['icon.svg', { from: '@reputable/gateway', path: 'src/graphiql/icon.svg' }],
]);

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>HTTP API – Reputable</title>
    <link rel="icon" href="/api/v1/reference/icon.svg" />
    <link rel="stylesheet" href="/api/v1/reference/swagger-ui.css" />
  </head>
  <body>
    <main id="reference"></main>
    <script src="/api/v1/reference/swagger-ui.js"></script>
    <script type="module" src="/api/v1/reference/page.js"></script>
  </body>
</html>
`;

/** The reference of the HTTP API for development: Swagger UI from installed packages. */
@Controller('api/v1/reference')
@UseFilters(ErrorAnswer)
export class ApiReferenceController {
  @Get()
  async page(@Res() reply: FastifyReply) {
    await sendScriptedPage(reply, () => PAGE);
  }

  @Get(':file')
  async file(@Param('file') name: string, @Res() reply: FastifyReply) {
    await sendStaticFile(reply, FILES, name);
  }
}
