/**
 * Who may call what, written by hand from the design: what the services do is measured against it, not the other way round.
 *
 * The first columns are users, at the gateway: nobody; a member with 1 reputation and somebody else's row; `from`, the reputation from
 * which on such a member is let in, or `never`; who has a role, and 1 reputation, and somebody else's row; and who the row belongs to, with
 * 10,000 reputation. The last ones are services, on behalf of an almighty user or of themselves.
 *
 * `yes` is let through, and succeeds. `-` is CALLER_NOT_ALLOWED, `token` TOKEN_MISSING, `role` ROLE_MISSING, `reputation`
 * REPUTATION_TOO_LOW; a row's rules have their reasons in full.
 */
const TABLE = `
rpc                                     | nobody | member            | from  | MODERATOR         | ADMIN             | owner            | auth | user | post           | comment
auth/Register                           | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
auth/LogIn                              | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
auth/Refresh                            | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
auth/ChangePassword                     | token  | CREDENTIALS_INVALID | never | CREDENTIALS_INVALID | CREDENTIALS_INVALID | yes              | -    | -    | -              | -
auth/LogOut                             | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
auth/ListSessions                       | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
auth/EndSession                         | token  | SESSION_NOT_FOUND | never | SESSION_NOT_FOUND | SESSION_NOT_FOUND | yes              | -    | -    | -              | -
auth/EndOtherSessions                   | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
auth/RevokeUser                         | -      | -                 | never | -                 | -                 | -                | -    | yes  | -              | -
auth/WatchRevocations                   | yes    | yes               | 1     | yes               | yes               | yes              | -    | yes  | yes            | yes
user/GetUser                            | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | yes            | yes
user/BatchGetUsers                      | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | yes            | yes
user/ListUsers                          | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | yes            | yes
user/UpdateProfile                      | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
user/GrantRole                          | token  | role              | never | role              | yes               | role             | -    | -    | -              | -
user/RevokeRole                         | token  | role              | never | role              | yes               | role             | -    | -    | -              | -
user/SuspendUser                        | token  | role              | never | yes               | yes               | role             | -    | -    | -              | -
user/SuspendUser (an admin)             | token  | role              | never | USER_OUTRANKS_YOU | yes               | role             | -    | -    | -              | -
user/ReinstateUser                      | token  | role              | never | role              | yes               | role             | -    | -    | -              | -
user/CreateProfile                      | -      | -                 | never | -                 | -                 | -                | yes  | -    | -              | -
user/GetClaims                          | -      | -                 | never | -                 | -                 | -                | yes  | -    | -              | -
user/ApplyReputation (for a post)       | -      | -                 | never | -                 | -                 | -                | -    | -    | yes            | KIND_NOT_YOURS
user/ApplyReputation (for a comment)    | -      | -                 | never | -                 | -                 | -                | -    | -    | KIND_NOT_YOURS | yes
user/ListReputationEvents               | token  | NOT_YOUR_EVENTS   | never | yes               | NOT_YOUR_EVENTS   | yes              | -    | -    | -              | -
post/GetPost                            | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | yes
post/BatchGetPosts                      | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | yes
post/ListPosts                          | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | yes
post/CreatePost                         | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
post/UpdatePost                         | token  | NOT_YOUR_POST     | 2000  | yes               | NOT_YOUR_POST     | yes              | -    | -    | -              | -
post/DeletePost                         | token  | NOT_YOUR_POST     | never | yes               | NOT_YOUR_POST     | yes              | -    | -    | -              | -
post/UpvotePost                         | token  | reputation        | 15    | reputation        | reputation        | OWN_POST         | -    | -    | -              | -
post/DownvotePost                       | token  | reputation        | 125   | reputation        | reputation        | OWN_POST         | -    | -    | -              | -
post/RetractVote                        | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
comment/ListComments                    | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
comment/BatchListComments               | yes    | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
comment/CreateComment                   | token  | reputation        | 50    | reputation        | reputation        | yes              | -    | -    | -              | -
comment/CreateComment (on a suspended)  | token  | AUTHOR_SUSPENDED  | never | AUTHOR_SUSPENDED  | AUTHOR_SUSPENDED  | AUTHOR_SUSPENDED | -    | -    | -              | -
comment/UpdateComment                   | token  | NOT_YOUR_COMMENT  | never | NOT_YOUR_COMMENT  | NOT_YOUR_COMMENT  | yes              | -    | -    | -              | -
comment/DeleteComment                   | token  | NOT_YOUR_COMMENT  | never | yes               | NOT_YOUR_COMMENT  | yes              | -    | -    | -              | -
comment/UpvoteComment                   | token  | reputation        | 15    | reputation        | reputation        | OWN_COMMENT      | -    | -    | -              | -
comment/RetractCommentVote              | token  | yes               | 1     | yes               | yes               | yes              | -    | -    | -              | -
`;

/** A row of the table. */
export interface Row {
  /** With what it is about in parentheses, where an rpc has several rows. */
  readonly name: string;
  /** As in `post/UpvotePost`. */
  readonly rpc: string;
  /** The reputation from which on a member is let in. */
  readonly from: number;
  /** What comes of it, by column. */
  readonly outcomes: Readonly<Record<string, string>>;
}

const SHORT: Readonly<Record<string, string>> = {
  '-': 'CALLER_NOT_ALLOWED',
  token: 'TOKEN_MISSING',
  role: 'ROLE_MISSING',
  reputation: 'REPUTATION_TOO_LOW',
};

const [header = [], ...lines] = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** The table, row by row. */
export const rows: readonly Row[] = lines.map(([name = '', ...cells]) => {
  const { from = '', ...outcomes } = Object.fromEntries(cells.map((cell, index) => [header[index + 1] ?? '', SHORT[cell] ?? cell]));
  return { name, rpc: name.split(' ')[0] ?? '', from: from === 'never' ? Infinity : Number(from), outcomes };
});
