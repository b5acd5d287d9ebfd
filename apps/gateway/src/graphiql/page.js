/* global document, fetch, GraphiQL, location, React, ReactDOM */
import { EXAMPLES } from './examples.js';

/** The gateway requires the header of requests with a cookie. Pages of other origins cannot send it. */
const HEADERS = { 'x-reputable-csrf': '1' };

async function send(request, headers) {
  const json = { 'content-type': 'application/json' };
  const response = await fetch('/graphql', { method: 'POST', headers: { ...HEADERS, ...json, ...headers }, body: JSON.stringify(request) });
  return response.json();
}

/** For a moment after a change of the tab, GraphiQL sends the name of the operation of the other one. */
const run = ({ operationName, ...request }, { headers } = {}) =>
  send({ ...request, ...(request.query.includes(operationName) && { operationName }) }, headers);

const show = (id) => {
  document.getElementById(id).hidden = false;
};

async function showUser() {
  const session = await (await fetch('/auth/session', { headers: HEADERS })).json();
  const { data } = session.loggedIn ? await send({ query: '{ me { displayName reputation roles } }' }) : {};
  const { displayName, reputation, roles } = data?.me ?? {};
  const rights = [...(roles ?? []), `reputation ${reputation}`].join(', ');
  document.getElementById('user').textContent = displayName === undefined ? 'Not logged in.' : `${displayName}, ${rights}`;
  for (const id of displayName === undefined ? ['log-in', 'hint'] : ['log-out']) show(id);
}

document.getElementById('log-out').addEventListener('click', async () => {
  await fetch('/auth/logout', { method: 'POST', headers: HEADERS });
  location.reload();
});

// A library of GraphiQL adds styles with it while a dialog is open.
globalThis.__webpack_nonce__ = document.getElementById('page').nonce;
const root = ReactDOM.createRoot(document.getElementById('graphiql'));
root.render(
  React.createElement(GraphiQL, {
    fetcher: run,
    defaultTabs: EXAMPLES,
    defaultEditorToolsVisibility: 'variables',
    shouldPersistHeaders: false,
  }),
);
void showUser();
