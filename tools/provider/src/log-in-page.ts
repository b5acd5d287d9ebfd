import { html, type Page } from '@reputable/page';
import { PEOPLE, type Realm } from './realm.ts';

/** The page on which people choose who they are. @param request the parameters of the authorization request */
export const logInPage = (request: URLSearchParams): Page => ({
  title: 'Log in at the outside provider',
  body: html`<h1>Log in at the outside provider</h1>
    <p class="quiet">This provider is for development. It asks for no password: enter who you want to be.</p>
    <form method="get" action="/continue">
      ${[...request].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      <div class="field">
        <label for="person_email">E-mail address</label>
        <input id="person_email" name="person_email" type="email" value="ada@outside.example" autofocus />
      </div>
      <div class="field">
        <label for="person_name">Name</label>
        <input id="person_name" name="person_name" type="text" value="Ada" />
      </div>
      <fieldset>
        <legend>The provider says</legend>
        <label><input type="checkbox" name="person_verified" value="yes" checked /> The address is verified</label>
      </fieldset>
      <button type="submit">Log in</button>
    </form>`,
});

/** The page of a realm, on which people choose one of its users. @param request the parameters of the authorization request */
export const realmLogInPage = ({ name }: Realm, request: URLSearchParams): Page => ({
  title: `Log in at the realm ${name}`,
  body: html`<h1>Log in at the realm ${name}</h1>
    <p class="quiet">This authorization server is for development. It asks for no password: choose who you want to be.</p>
    <form method="get" action="/continue">
      ${[...request].map(([field, value]) => html`<input type="hidden" name="${field}" value="${value}" />`)}
      ${PEOPLE.map(
        ({ subject, name: person, roles = [] }) =>
          html`<p>
            <button type="submit" name="person_subject" value="${subject}">${person}${roles.length > 0 && html` (${roles.join()})`}</button>
          </p>`,
      )}
    </form>`,
});

/** The page after it. A redirect after the form would need all further origins in its policy. */
export const continuePage = (search: string): Page => ({
  title: 'You are logged in',
  formTargets: 'none',
  next: `/authorize${search}`,
  body: html`<h1>You are logged in</h1>
    <p><a href="/authorize${search}">Go on</a></p>`,
});
