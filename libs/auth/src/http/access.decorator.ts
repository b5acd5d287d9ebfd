import { z } from 'zod';
import type { AccessRule } from '../access/access-rule.ts';

/** The conditions for the user, as `signed_in` in a contract. Without any, every signed-in user may call. */
const Conditions = z.strictObject({
  /** The user needs one of these roles. */
  anyRole: z.array(z.string().min(1)).nonempty().optional(),
  /** The least reputation. */
  minReputation: z.int().nonnegative().optional(),
  /** The token needs all of these OAuth scopes. */
  scopes: z.array(z.string().min(1)).nonempty().optional(),
  /** A condition on each of these attributes of the user: the least number, or one of several texts. */
  attributes: z
    .record(
      z.string().min(1),
      z.union([z.strictObject({ min: z.number() }), z.strictObject({ anyOf: z.array(z.string().min(1)).nonempty() })]),
    )
    .optional(),
  /** The roles and the reputation must be as new as the token: see `claimsAgeS` of {@link AuthenticatedUser}. */
  freshClaims: z.literal(true).optional(),
});

/** Who may call a handler: anyone, or a user who satisfies all conditions. */
export type AccessOptions = 'anyone' | z.input<typeof Conditions>;

const RULE = Symbol('access rule');

/**
 * The access rule of an HTTP handler or GraphQL resolver. A handler without it stops the start of the app.
 *
 * @example
 * @Access({ minReputation: 15, scopes: ['votes:write'] })
 * @Post(':id/upvote')
 * upvote(@Param('id') id: string, @CurrentUser() user: AuthenticatedUser) { … }
 *
 * @throws Error when the class is defined, if the options are wrong
 */
export function Access(options: AccessOptions): MethodDecorator {
  return (target, name, descriptor) => {
    const path = `/${target.constructor.name}/${String(name)}`;
    Reflect.defineMetadata(RULE, ruleFrom(path, options), descriptor.value as object);
  };
}

function ruleFrom(path: string, options: AccessOptions): AccessRule {
  const none = { path, anyRole: [], minReputation: 0, scopes: [], attributes: [], callers: [], anyPeer: true } as const;
  if (options === 'anyone') return { ...none, who: 'anyone' };
  const { data, error } = Conditions.safeParse(options);
  if (error) throw new Error(`@Access of ${path.slice(1)} is wrong: ${z.prettifyError(error)}`);
  const { anyRole = none.anyRole, minReputation = none.minReputation, scopes = none.scopes } = data;
  const attributes = Object.entries(data.attributes ?? {}).map(([name, condition]) => ({ name, anyOf: [], ...condition }));
  return { ...none, who: 'signedIn', anyRole, minReputation, scopes, attributes, ...(data.freshClaims && { freshClaims: true as const }) };
}

/** The rule of a handler, if it has one. */
export const ruleOfHandler = (handler: object): AccessRule | undefined => Reflect.getMetadata(RULE, handler) as AccessRule | undefined;
