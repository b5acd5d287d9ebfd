import { GraphQLClient } from '@reputable/dev';
import type { Past } from '@reputable/dev';
import { randomBytes } from 'node:crypto';
import { Person } from './person.ts';
import type { Stage } from './stage.ts';

/** Who is in the story from the start. */
export interface Cast {
  readonly ada: Person;
  readonly ben: Person;
  /** Members who have their reputation already. */
  readonly carol: Person;
  readonly dave: Person;
  readonly mo: Person;
}

/** Gives everybody a client; members and the moderator register before the story begins, and are given their past. */
export async function assemble(stage: Stage): Promise<Cast> {
  const api = new GraphQLClient(stage.graphql);
  // Where the story has been told before, its people are not new any more.
  const edition = randomBytes(4).toString('hex');
  const person = (name: string) => new Person(name, `${name.toLowerCase()}.${edition}@example.com`, api);
  const cast = { ada: person('Ada'), ben: person('Ben'), carol: person('Carol'), dave: person('Dave'), mo: person('Mo') };
  const upvotes = (count: number) => Array.from({ length: count }, () => ['POST_UPVOTED', 10] as const);
  const establish = async (member: Person, past: Past) => {
    await member.register();
    await stage.distinguish(member.id, past);
  };
  await establish(cast.carol, { roles: [], events: upvotes(12) });
  await establish(cast.dave, { roles: [], events: upvotes(3) });
  await establish(cast.mo, { roles: ['MODERATOR'], events: [] });
  return cast;
}
