import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { Client } from '@reputable/auth';
import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { ReputationKind, Role, UserService } from '@reputable/contracts/user/v1/user';
import { aUser, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';

/** What a call is about: a good request, and whose row it concerns, if anybody's. */
interface Subject {
  readonly request: object;
  readonly owner?: string;
}

/** The four services, and what calls to them are about. */
export class Subjects {
  private constructor(
    readonly world: TestWorld,
    readonly services: Readonly<Record<string, TestService>>,
    readonly profiles: Client<typeof UserService>,
  ) {}

  static async start(): Promise<Subjects> {
    const world = await TestWorld.create();
    const user = await world.start('user');
    const USER_URL = targetOf(user);
    const [auth, post] = await Promise.all([world.start('auth', { USER_URL }), world.start('post', { USER_URL })]);
    const comment = await world.start('comment', { USER_URL, POST_URL: targetOf(post) });
    return new Subjects(world, { auth, user, post, comment }, await world.client(UserService, user, { service: 'auth' }));
  }

  /** Makes what a row of the table is about, afresh for every call: some of them end it. */
  about(name: string): Promise<Subject> {
    const make = this.#makers[name];
    if (!make) throw new Error(`${name} has no request. Write one beside the others.`);
    return make();
  }

  /** Makes sure that a user has a profile. */
  async settle<U extends TestUser>(user: U): Promise<U> {
    await this.profiles.createProfile({ userId: user.id, displayName: 'Somebody' });
    return user;
  }

  readonly #makers: Readonly<Record<string, () => Promise<Subject>>> = {
    'auth/Register': () => Promise.resolve({ request: newcomer() }),
    'auth/LogIn': async () => {
      const { email, password } = (await this.#account()).credentials;
      return { request: { email, password, address: ADDRESS } };
    },
    'auth/Refresh': async () => ({ request: { refreshToken: (await this.#account()).refreshToken, address: ADDRESS } }),
    'auth/ChangePassword': async () => {
      const { owner, credentials } = await this.#account();
      const request = { currentPassword: credentials.password, newPassword: 'another horse battery staple', address: ADDRESS };
      return { request, owner };
    },
    'auth/LogOut': () => Promise.resolve({ request: {} }),
    'auth/ListSessions': () => Promise.resolve({ request: {} }),
    'auth/EndSession': async () => {
      const { owner, session } = await this.#account();
      return { request: { id: session }, owner };
    },
    'auth/EndOtherSessions': () => Promise.resolve({ request: {} }),
    'auth/RevokeUser': () => Promise.resolve({ request: { id: randomUUID(), userId: randomUUID(), cause: RevocationCause.SUSPENDED } }),
    'auth/WatchRevocations': () => Promise.resolve({ request: {} }),

    'user/GetUser': () => this.#user((id) => ({ id })),
    'user/BatchGetUsers': () => this.#user((id) => ({ ids: [id] })),
    'user/ListUsers': () => Promise.resolve({ request: {} }),
    'user/UpdateProfile': () => Promise.resolve({ request: { displayName: 'Another name' } }),
    'user/GrantRole': () => this.#user((userId) => ({ userId, role: Role.MODERATOR })),
    'user/RevokeRole': () => this.#user((userId) => ({ userId, role: Role.MODERATOR })),
    'user/SuspendUser': () => this.#user((userId) => ({ userId, reason: 'Spam.' })),
    'user/SuspendUser (an admin)': async () => {
      const subject = await this.#user((userId) => ({ userId, reason: 'Spam.' }));
      await (await this.#as(UserService, ADMIN)).grantRole({ userId: subject.owner, role: Role.ADMIN });
      return subject;
    },
    'user/ReinstateUser': () => this.#user((userId) => ({ userId })),
    'user/CreateProfile': () => this.#user((userId) => ({ userId, displayName: 'Somebody' })),
    'user/GetClaims': () => this.#user((userId) => ({ userId })),
    'user/ApplyReputation (for a post)': () => this.#user((userId) => happened(userId, ReputationKind.POST_UPVOTED)),
    'user/ApplyReputation (for a comment)': () => this.#user((userId) => happened(userId, ReputationKind.COMMENT_UPVOTED)),
    'user/ListReputationEvents': () => this.#user((userId) => ({ userId })),

    'post/GetPost': () => this.#post((id) => ({ id })),
    'post/BatchGetPosts': () => this.#post((id) => ({ ids: [id] })),
    'post/ListPosts': () => Promise.resolve({ request: {} }),
    'post/CreatePost': () => Promise.resolve({ request: { title: 'A title', body: 'A body' } }),
    'post/UpdatePost': () => this.#post((id) => ({ id, title: 'Another title' })),
    'post/DeletePost': () => this.#post((id) => ({ id })),
    'post/UpvotePost': () => this.#post((id) => ({ id })),
    'post/DownvotePost': () => this.#post((id) => ({ id })),
    'post/RetractVote': () => this.#post((id) => ({ id })),

    'comment/ListComments': () => this.#post((postId) => ({ postId })),
    'comment/BatchListComments': () => this.#post((id) => ({ postIds: [id] })),
    'comment/CreateComment': () => this.#post((postId) => ({ postId, body: 'A comment' })),
    'comment/CreateComment (on a suspended)': async () => {
      const subject = await this.#post((postId) => ({ postId, body: 'A comment' }));
      await (await this.#as(UserService, ADMIN)).suspendUser({ userId: subject.owner, reason: 'Spam.' });
      return subject;
    },
    'comment/UpdateComment': () => this.#comment((id) => ({ id, body: 'Another text' })),
    'comment/DeleteComment': () => this.#comment((id) => ({ id })),
    'comment/UpvoteComment': () => this.#comment((id) => ({ id })),
    'comment/RetractCommentVote': () => this.#comment((id) => ({ id })),
  };

  async #account() {
    const credentials = newcomer();
    const { tokens } = await (await this.#as(AuthService)).register(credentials);
    const { userId: owner = '', refreshToken, accessToken } = tokens ?? {};
    const { sid } = JSON.parse(Buffer.from(accessToken?.split('.')[1] ?? '', 'base64url').toString()) as { sid: string };
    return { credentials, owner, refreshToken, session: sid };
  }

  async #user<R extends object>(request: (id: string) => R) {
    const { id } = await this.settle(aUser());
    return { request: request(id), owner: id };
  }

  async #post<R extends object>(request: (id: string) => R) {
    const author = await this.settle(aUser());
    const { post } = await (await this.#as(PostService, author)).createPost({ title: 'A title', body: 'A body' });
    return { request: request(post?.id ?? ''), owner: author.id };
  }

  async #comment<R extends object>(request: (id: string) => R) {
    const author = await this.settle(aUser({ reputation: 50 }));
    const { request: comment } = await this.#post((postId) => ({ postId, body: 'A comment' }));
    const { comment: made } = await (await this.#as(CommentService, author)).createComment(comment);
    return { request: request(made?.id ?? ''), owner: author.id };
  }

  #as<S extends typeof AuthService | typeof UserService | typeof PostService | typeof CommentService>(contract: S, user?: TestUser) {
    return this.world.client(contract, this.services[contract.typeName.split('.')[1] ?? ''] as TestService, { user });
  }
}

const ADMIN = aUser({ roles: ['ADMIN'] });

const targetOf = ({ ports }: TestService) => `localhost:${String(ports.grpc)}`;

const ADDRESS = '192.0.2.1';

const newcomer = () => ({
  email: `${randomUUID()}@example.com`,
  password: 'correct horse battery staple',
  displayName: 'Somebody',
  address: ADDRESS,
});

const happened = (userId: string, kind: ReputationKind) => ({
  events: [{ id: randomUUID(), userId, kind, subjectId: randomUUID(), occurredAt: timestampNow() }],
});
