import { createHash } from 'node:crypto';

/** A person who logs in at the provider. */
export interface Person {
  /** The provider's id of the person. */
  readonly subject: string;
  readonly name: string;
  /** Empty: the provider states no address. */
  readonly email: string;
  readonly emailVerified: boolean;
  /** The roles in a realm; none unless given. */
  readonly roles?: readonly string[];
}

/**
 * The person whom the form of the log-in page names. One address is one person, unless the form has a subject.
 *
 * @param people those that the form can name by their subject
 */
export function personIn(form: URLSearchParams, people: readonly Person[] = []): Person {
  const known = people.find(({ subject }) => subject === form.get('person_subject'));
  if (known) return known;
  const email = form.get('person_email') ?? '';
  return {
    subject: form.get('person_subject') ?? createHash('sha256').update(email).digest('hex').slice(0, 16),
    name: form.get('person_name') ?? '',
    email,
    emailVerified: form.has('person_verified'),
    roles: form.getAll('person_role'),
  };
}

/** The standard claims about a person (OpenID Connect Core §5.1). */
export const claimsOf = ({ subject, name, email, emailVerified }: Person) => ({
  sub: subject,
  ...(name !== '' && { name }),
  ...(email !== '' && { email, email_verified: emailVerified }),
});
