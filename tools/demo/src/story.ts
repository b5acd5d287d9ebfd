import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToPost, upvoteAtPost } from './direct-call.ts';
import { assemble } from './cast.ts';
import type { Cast } from './cast.ts';
import type { Narrator } from './narrator.ts';
import type { Outcome } from './outcome.ts';
import type { Stage } from './stage.ts';
import { exchange, forge } from './token.ts';

/** What somebody with 1 reputation lacks for an upvote. */
const TOO_NEW = { required: '15', actual: '1' };

/**
 * The story of one vote, told while it happens.
 *
 * @throws {CliError} at the first step that does not go as it must
 */
export async function story(stage: Stage, tell: Narrator): Promise<void> {
  const cast = await assemble(stage);
  tell.note('Ada and Ben are new. Carol (121 reputation) and Dave (31) have been members for long. Mo is a moderator.');
  const question = await someoneNew(cast, tell);
  await membersVote(cast, question, tell);
  await aNewRight(cast, question, tell);
  await atTheGate(stage, cast, tell);
  if (stage.inside) await roundTheGate(stage.inside, cast, question, tell);
  await theEnd(cast, question, tell);
}

async function someoneNew({ ada, ben }: Cast, tell: Narrator): Promise<string> {
  tell.chapter('Somebody new writes, somebody new votes');
  await tell.allowed('Ada', 'registers', () => ada.register(), { reputation: 1 });
  const question = await tell.allowed('Ada', 'writes a post', () => ada.write('Who checks the token?', 'The gateway, or every service?'), {
    score: 0,
  });
  await tell.allowed('Ben', 'registers', () => ben.register(), { reputation: 1 });
  await tell.refused('Ben', "upvotes Ada's post", () => ben.upvote(question), 'REPUTATION_TOO_LOW', TOO_NEW);
  return question;
}

async function membersVote({ ada, carol, dave }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('Members vote');
  await tell.allowed('Carol', "upvotes Ada's post", () => carol.upvote(question), { score: 1 });
  await tell.allowed('Carol', 'upvotes it again: one vote a user and post', () => carol.upvote(question), { score: 1 });
  await tell.allowed('Dave', 'upvotes it, too', () => dave.upvote(question), { score: 2 });
  await tell.allowed('post', 'tells user of two upvotes, worth 10 each to Ada', () => reputationOf(ada, 21), { reputation: 21 });
}

async function aNewRight({ ada, carol }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('Reputation opens a new right');
  const answer = await tell.allowed(
    'Carol',
    'writes a post',
    () => carol.write('Every service checks it', 'And it costs next to nothing.'),
    {
      score: 0,
    },
  );
  tell.note('Nobody logs in again: the gateway has heard that what it knows of Ada is out of date, and asks auth for more.');
  await tell.allowed('Ada', "upvotes Carol's post, with the token from the start", () => allowed(() => ada.upvote(answer)), { score: 1 });
  await tell.refused('Ada', 'upvotes her own post', () => ada.upvote(question), 'OWN_POST');
}

async function atTheGate({ inside }: Stage, { ada }: Cast, tell: Narrator): Promise<void> {
  tell.chapter('Eve at the gateway');
  tell.note('What Ada has is opaque: 256 random bits. There is nothing in it to read, or to change.');
  const guessed = randomBytes(32).toString('base64url');
  await tell.refused('Eve', 'shows another 256 random bits', () => ada.whoAmI(guessed), 'TOKEN_INVALID');
  if (!inside) return;
  const signed = await exchange(inside, ada.token, SERVICES);
  tell.note("Now say that she has got hold of what services see in its place: signed by auth, in Ada's name, good for a minute.");
  await tell.refused('Eve', 'shows that one', () => ada.whoAmI(signed), 'TOKEN_INVALID');
  await tell.allowed('Ada', 'shows the opaque one, for comparison', () => ada.whoAmI(), { name: 'Ada' });
}

async function roundTheGate(inside: NonNullable<Stage['inside']>, { ada, ben }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('Eve goes round the gateway, straight to post');
  const [adas, bens] = await Promise.all([ada, ben].map(({ token }) => exchange(inside, token, SERVICES)));
  const forged = await forge(bens ?? '', { reputation: 9_999 });
  const elsewhere = await exchange(inside, ada.token, ['gateway', 'comment']);
  const upvote = (service: ServiceName, token?: string) => () => upvoteAtPost(inside, question, service, token);
  await tell.refused('Eve', 'connects without a certificate', () => connectToPost(inside), 'CERTIFICATE_REQUIRED');
  tell.note("Now say that she has stolen the gateway's certificate.");
  await tell.refused('Eve', 'upvotes without a token', upvote('gateway'), 'TOKEN_MISSING');
  await tell.refused('Eve', "upvotes with Ada's opaque one", upvote('gateway', ada.token), 'TOKEN_INVALID');
  await tell.refused('Eve', "upvotes with Ben's signed one, forged: 9,999 reputation", upvote('gateway', forged), 'TOKEN_INVALID');
  await tell.refused('Eve', "upvotes with Ada's, for the gateway and comment", upvote('gateway', elsewhere), 'TOKEN_INVALID');
  await tell.refused('Eve', "upvotes with Ben's as it is", upvote('gateway', bens), 'REPUTATION_TOO_LOW', TOO_NEW);
  const allowed = { caller: 'comment', allowed: 'gateway' };
  tell.note('Or that of comment, which has no business with votes on posts.');
  await tell.refused('Eve', "upvotes with Ada's as it is", upvote('comment', adas), 'CALLER_NOT_ALLOWED', allowed);
}

async function theEnd({ ada, ben, mo }: Cast, question: string, tell: Narrator): Promise<void> {
  tell.chapter('A moderator deletes, and the session ends');
  await tell.refused('Ben', "deletes Ada's post", () => ben.delete(question), 'NOT_YOUR_POST');
  await tell.allowed('Mo', "deletes Ada's post, as moderators may", () => mo.delete(question));
  await tell.allowed('Ada', 'looks for it', () => ada.read(question), { post: 'none' });
  await tell.allowed('Ada', 'logs out', () => ada.logOut());
  await tell.refused('Eve', 'shows the token that Ada had, good for minutes yet', () => refused(() => ada.whoAmI()), 'TOKEN_INVALID');
  await tell.refused('Ada', 'refreshes her tokens', () => ada.refresh(), 'REFRESH_TOKEN_INVALID');
}

/** A log-out reaches everybody within moments: tries until it is refused, and shows what comes of it when it is not. */
const refused = (attempt: () => Promise<Outcome>) => until('refused', attempt);

/** So does reputation. */
const allowed = (attempt: () => Promise<Outcome>) => until('allowed', attempt);

async function until(decision: Outcome['decision'], attempt: () => Promise<Outcome>): Promise<Outcome> {
  const deadline = Date.now() + 2_000;
  let outcome = await attempt();
  while (outcome.decision !== decision && Date.now() < deadline) {
    await sleep(20);
    outcome = await attempt();
  }
  return outcome;
}

/** Reputation follows votes within moments: waits for it, and shows what is there when it does not come. */
async function reputationOf(person: Cast['ada'], wanted: number): Promise<Outcome> {
  const deadline = Date.now() + 10_000;
  let reputation = await person.reputation();
  while (reputation !== wanted && Date.now() < deadline) {
    await sleep(50);
    reputation = await person.reputation();
  }
  return { decision: 'allowed', facts: { reputation }, value: undefined };
}
