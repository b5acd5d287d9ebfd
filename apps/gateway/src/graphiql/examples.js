/** The queries of the tabs at the first visit. */
export const EXAMPLES = [
  {
    query: `# Posts with their authors and comments. Press Ctrl-Enter to run it.
query Posts {
  posts(first: 5) {
    nodes {
      id
      title
      score
      author {
        displayName
        reputation
      }
      comments(first: 3) {
        nodes {
          body
          author {
            displayName
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# The user of the browser session, or of the Authorization header below. Log in first.
query Me {
  me {
    id
    displayName
    reputation
    roles
  }
  sessions {
    nodes {
      device
      current
    }
  }
}
`,
  },
  {
    query: `# Needs 15 reputation. Take the id of a post from the first tab.
mutation Vote($id: ID!) {
  upvotePost(id: $id) {
    title
    score
    myVote
  }
}
`,
    variables: '{ "id": "" }',
  },
  {
    query: `# Run it twice: a repeated request with the same key returns the same post.
mutation Write($input: CreatePostInput!) {
  createPost(input: $input) {
    id
    title
    createdAt
  }
}
`,
    variables: '{ "input": { "title": "A title", "body": "A body", "idempotencyKey": "my-first-post" } }',
  },
  {
    query: `# Opaque tokens for the header {"authorization": "Bearer …"}. Log out of the browser session before you use them.
mutation LogIn($input: LogInInput!) {
  logIn(input: $input) {
    accessToken
    refreshToken
    expiresIn
  }
}
`,
    variables: '{ "input": { "email": "member@example.com", "password": "" } }',
  },
];
