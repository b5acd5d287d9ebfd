import { Code, DomainError } from '@reputable/errors';
import type { FastifyReply } from 'fastify';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of an installed package, or of ours. */
export interface StaticFile {
  /** The name of its package. */
  readonly from: string;
  /** Its path in the package. */
  readonly path: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/**
 * The Content-Security-Policy of a page with scripts: everything that it loads, and every request that it sends, has this origin. Style sheets
 * may contain images and fonts. It has no inline scripts, no eval, and no inline styles without the page's nonce.
 */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/**
 * Sends a page with scripts.
 *
 * @param documentOf returns the HTML, given the nonce for styles that a script adds
 */
export function sendScriptedPage(reply: FastifyReply, documentOf: (nonce: string) => string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  const policy = [...POLICY, `style-src 'self' 'nonce-${nonce}'`].join('; ');
  return reply.headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).send(documentOf(nonce));
}

/**
 * Sends one of the files, found by the name in its URL.
 *
 * @throws DomainError FILE_NOT_FOUND if there is none, or its package is not installed
 */
export async function sendStaticFile(reply: FastifyReply, files: ReadonlyMap<string, StaticFile>, name: string): Promise<void> {
  const file = files.get(name);
  const content = file && (await contentOf(file));
  if (!content) throw fileNotFound(name);
  await reply.type(`${TYPES[extname(name)] ?? 'application/octet-stream'}; charset=utf-8`).send(content);
}

/** Packages are found by their name: bundled code runs from another folder, and images do not have those for development. */
async function contentOf({ from, path }: StaticFile): Promise<Buffer | undefined> {
  try {
    return await readFile(join(dirname(fileURLToPath(import.meta.resolve(`${from}/package.json`))), path));
  } catch {
    return undefined;
  }
}

const fileNotFound = (name: string) =>
  new DomainError(Code.NOT_FOUND, 'FILE_NOT_FOUND', `The file ${name} does not exist.`, { name }, 'reputable.gateway');
