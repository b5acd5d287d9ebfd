import { CliError, eventually } from '@reputable/cli';
import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { GraphQLClient, Person, upvotesOf } from '@reputable/dev';
import { connectToPost, forge } from '@reputable/playground/attacks';
import { callPost, exchangeToken } from '@reputable/playground/direct-call';
import { randomBytes } from 'node:crypto';
import type { Narrator } from './narrator.ts';
import { inTheEnd } from './patience.ts';
import type { Inside, Stage } from './stage.ts';
import { aBrowser, aForgottenPassword, anApplication, aProgram, ENDED } from './ways-in.ts';

/** The metadata of a refused upvote with 1 reputation. */
const TOO_NEW = { required: '15', actual: '1' };

type Cast = Readonly<Record<'ada' | 'ben' | 'carol' | 'dave' | 'mo', Person>>;

/**
 * Performs the story of one vote.
 *
 * @throws {CliError} at the first step with an unexpected decision
 */
export async function story(stage: Stage, tell: Narrator): Promise<void> {
  const cast = await assemble(stage);
  tell.note('Ada and Ben are new. Carol (121 reputation) and Dave (31) are members. Mo is a moderator.');
  const question = await newcomers(stage, cast, tell);
  await membersVote(cast, question, tell);
  await aNewRight(cast, question, tell);
  await aScript(cast, question, tell);
  await aBrowser(stage, cast.carol, tell);
  await aForgottenPassword(stage, cast.dave, tell);
  if (stage.inside) {
    await aProgram(stage.inside, cast.ada.api, question, tell);
    await anApplication(stage.inside, cast.carol, question, tell);
  } else tell.note('Omitted here, because an operator registers clients: API clients, applications of others, and the outside provider.');
  await atTheGateway(stage, cast, tell);
  if (stage.inside) await behindTheGateway(stage.inside, cast, question, tell);
  await theEnd(cast, question, tell);
}

/** Members and the moderator register before the story, and get their past. */
async function assemble({ graphql, mailbox, distinguish }: Stage): Promise<Cast> {
  const api = new GraphQLClient(graphql);
  const person = (name: string) => new Person(api, name);
  const cast = { ada: person('Ada'), ben: person('Ben'), carol: person('Carol'), dave: person('Dave'), mo: person('Mo') };
  const { carol, dave, mo } = cast;
  for (const member of [carol, dave, mo]) {
    await member.register();
    await member.confirm(mailbox);
  }
  await distinguish(carol.id, { roles: [], events: upvotesOf(12) });
  await distinguish(dave.id, { roles: [], events: upvotesOf(3) });
  await distinguish(mo.id, { roles: ['MODERATOR'], events: [] });
  return cast;
}

async function newcomers({ mailbox }: Stage, { ada, ben }: Cast, tell: Narrator): Promise<string> {
  tell.chapter('A newcomer writes, a newcomer votes');
  const answer = { linkExpiresIn: 900 };
  await tell.allowed('Ada', 'registers, and gets a mail', () => ada.register(), answer);
  await tell.allowed('Ada', 'confirms, with the link in the mail and her password', () => ada.confirm(mailbox), { reputation: 1 });
  tell.note('The answer does not reveal whether an address has an account: the mail does, to its owner.');
  await tell.allowed('Eve', "registers with Ada's address, too", () => ada.register(), answer);
  const question = await tell.allowed('Ada', 'writes a post', () => ada.write('Who checks the token?', 'The gateway, or every service?'));
  await ben.register();
  await tell.allowed('Ben', 'registers and confirms', () => ben.confirm(mailbox), { reputation: 1 });
  await tell.refused('Ben', "upvotes Ada's post", () => ben.upvote(question), 'REPUTATION_TOO_LOW', TOO_NEW);
  return question;
}

async function membersVote({ ada, carol, dave }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('Members vote');
  await tell.allowed('Carol', "upvotes Ada's post", () => score(carol.upvote(question)), { score: 1 });
  await tell.allowed('Carol', 'upvotes it again: one vote a user and post', () => score(carol.upvote(question)), { score: 1 });
  await tell.allowed('Dave', 'upvotes it, too', () => score(dave.upvote(question)), { score: 2 });
  const gain = async () => {
    const profile = await profileOf(ada);
    if (profile.reputation < 21) throw new CliError(`Ada has ${String(profile.reputation)} reputation, not 21.`);
    return profile;
  };
  await tell.allowed('post', 'reports two upvotes to user, worth 10 each for Ada', () => eventually(gain), { reputation: 21 });
}

async function aNewRight({ ada, carol }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('Reputation opens a new right');
  const text = ['Every service checks it', 'And it costs next to nothing.'] as const;
  const answer = await tell.allowed('Carol', 'writes a post', () => carol.write(...text));
  tell.note("No new log-in: auth announced that Ada's claims changed, so the gateway exchanges her token again.");
  const upvote = () => eventually(() => score(ada.upvote(answer)));
  await tell.allowed('Ada', "upvotes Carol's post, with the token from the start", upvote, { score: 1 });
  await tell.refused('Ada', 'upvotes her own post', () => ada.upvote(question), 'OWN_POST');
}

async function aScript({ dave }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('A script has a token of its own');
  const { id, token } = await dave.createToken('Backup', 'posts:read');
  tell.note(`Dave's script holds a personal access token for reading: ${token.slice(0, 12)}… The services see a JWT with that scope.`);
  const script = <T>(query: string) => dave.api.ask<T>(query, { id: question }, token);
  const read = async () => (await script<{ post: { myVote: string } }>('query ($id: ID!) { post(id: $id) { myVote } }')).post;
  const retract = () => script('mutation ($id: ID!) { retractVote(id: $id) { id } }');
  await tell.allowed('Script', "reads Dave's vote", read, { myVote: 'UP' });
  await tell.refused('Script', 'retracts the vote', retract, 'SCOPE_MISSING', { required: 'votes:write', actual: 'posts:read' });
  await tell.refused('Dave', 'copies the token without its end', () => dave.me(token.slice(0, -1)), 'TOKEN_MISTYPED');
  await tell.allowed('Dave', 'revokes the token', () => dave.ask('mutation ($id: ID!) { revokePersonalAccessToken(id: $id) }', { id }));
  await tell.refused('Script', 'reads again', () => inTheEnd(read), 'TOKEN_REVOKED');
}

async function atTheGateway({ inside }: Stage, { ada }: Cast, tell: Narrator): Promise<void> {
  tell.chapter('Eve at the gateway');
  tell.note("Ada's token is opaque: 256 random bits. It has no content to read or change.");
  const guessed = randomBytes(32).toString('base64url');
  await tell.refused('Eve', 'shows another 256 random bits', () => ada.me(guessed), 'TOKEN_INVALID');
  if (!inside) return;
  const signed = await exchangeToken(inside, ada.token, SERVICES);
  tell.note("Suppose she stole the JWT that services get in its place: signed by auth, in Ada's name, valid for two minutes.");
  await tell.refused('Eve', 'shows that JWT', () => ada.me(signed), 'TOKEN_INVALID');
  await tell.allowed('Ada', 'shows the opaque one, for comparison', () => ada.me(), { displayName: 'Ada' });
}

async function behindTheGateway(inside: Inside, { ada, ben }: Cast, id: string, tell: Narrator): Promise<void> {
  tell.chapter('Eve bypasses the gateway and calls post');
  const [adas, bens] = await Promise.all([ada, ben].map(({ token }) => exchangeToken(inside, token, SERVICES)));
  const forged = await forge(bens ?? '', { reputation: 9_999 });
  const elsewhere = await exchangeToken(inside, ada.token, ['gateway', 'comment']);
  const upvote = (service: ServiceName, token?: string) => () => callPost(inside, 'UpvotePost', { id }, { service, token });
  await tell.refused('Eve', 'connects without a certificate', () => connectToPost(inside), 'CERTIFICATE_REQUIRED');
  tell.note("Suppose she stole the gateway's certificate.");
  await tell.refused('Eve', 'upvotes without a token', upvote('gateway'), 'TOKEN_MISSING');
  await tell.refused('Eve', "upvotes with Ada's opaque token", upvote('gateway', ada.token), 'TOKEN_INVALID');
  await tell.refused('Eve', "upvotes with Ben's JWT, forged: 9,999 reputation", upvote('gateway', forged), 'TOKEN_INVALID');
  await tell.refused('Eve', "upvotes with Ada's JWT for the gateway and comment", upvote('gateway', elsewhere), 'TOKEN_INVALID');
  await tell.refused('Eve', "upvotes with Ben's own JWT", upvote('gateway', bens), 'REPUTATION_TOO_LOW', TOO_NEW);
  const allowed = { caller: 'comment', allowed: 'gateway' };
  tell.note('Or the certificate of comment, which may not vote on posts.');
  await tell.refused('Eve', "upvotes with Ada's own JWT", upvote('comment', adas), 'CALLER_NOT_ALLOWED', allowed);
}

async function theEnd({ ada, ben, mo }: Cast, id: string, tell: Narrator): Promise<void> {
  tell.chapter('A moderator deletes, and the session ends');
  const remove = (person: Person) => () => person.ask('mutation ($id: ID!) { deletePost(id: $id) }', { id });
  await tell.refused('Ben', "deletes Ada's post", remove(ben), 'NOT_YOUR_POST');
  await tell.allowed('Mo', "deletes Ada's post, as moderators may", remove(mo));
  await tell.allowed('Ada', 'reads it', () => ada.ask('query ($id: ID!) { post(id: $id) { title } }', { id }), { post: 'none' });
  await tell.allowed('Ada', 'logs out', () => ada.ask('mutation { logOut }'));
  await tell.refused('Eve', "shows Ada's token, minutes before it expires", () => inTheEnd(() => ada.me()), ENDED);
  await tell.refused('Ada', 'refreshes her tokens', () => ada.refresh(), 'REFRESH_TOKEN_INVALID');
}

const score = async (upvote: Promise<number>) => ({ score: await upvote });

/** The profile that everybody sees. */
const profileOf = async ({ id, api }: Person) =>
  (await api.ask<{ user: { reputation: number } }>('query ($id: ID!) { user(id: $id) { reputation } }', { id })).user;
