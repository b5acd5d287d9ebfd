import type { FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';

/** Answers with an export, as a file. */
export async function sendExport(reply: FastifyReply, document: Readable): Promise<void> {
  await reply
    .code(200)
    .header('content-disposition', 'attachment; filename="reputable.json"')
    .type('application/json; charset=utf-8')
    .send(document);
}
