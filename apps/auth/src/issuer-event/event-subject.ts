import { z } from 'zod';

/** A user or a session at an issuer, or both. */
export type EventSubject = { readonly subject: string; readonly sid?: undefined } | { readonly subject?: string; readonly sid: string };

/** PostgreSQL stores no text with a NUL character. */
const text = z
  .string()
  .min(1)
  .max(255)
  .refine((value) => !value.includes('\0'));

const Opaque = z.object({ format: z.literal('opaque'), id: text });

/** Simple subjects (RFC 9493 §3.2). Any other format, such as an e-mail address, identifies nobody here. */
const Simple = z.discriminatedUnion('format', [z.object({ format: z.literal('iss_sub'), iss: text, sub: text }), Opaque]);

/** A complex subject (OpenID Shared Signals Framework 1.0 §3.2): its other members only narrow it. */
const Complex = z.object({
  format: z.literal('complex').optional(),
  user: Simple.optional().catch(undefined),
  session: Opaque.optional().catch(undefined),
});

/**
 * The users and sessions that a subject identifies at an issuer; none if it identifies nobody there. An opaque id alone is that of a user or
 * of a session.
 */
export function subjectsIn(subject: unknown, issuer: string): EventSubject[] {
  const simple = Simple.safeParse(subject).data;
  if (simple?.format === 'opaque') return [{ subject: simple.id }, { sid: simple.id }];
  if (simple) return userIn(simple, issuer);
  const { user, session } = Complex.safeParse(subject).data ?? {};
  const [found] = user ? userIn(user, issuer) : [];
  // A user whom another issuer identifies: the session is of nobody here either.
  if (user && !found) return [];
  return session ? [{ ...found, sid: session.id }] : found ? [found] : [];
}

function userIn(simple: z.output<typeof Simple>, issuer: string): { readonly subject: string }[] {
  if (simple.format === 'opaque') return [{ subject: simple.id }];
  return simple.iss === issuer ? [{ subject: simple.sub }] : [];
}
