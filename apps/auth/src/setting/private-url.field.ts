import { isPrivate, required } from '@reputable/service';

/** A URL that nobody in the network can listen to or answer for: https, or http on this machine. @param what names it */
export const privateUrl = (what: string) =>
  required(`the URL of ${what}`).refine(
    (value) => {
      const url = URL.parse(value);
      return url !== null && isPrivate(url);
    },
    { error: 'must be an https URL, or http on this machine.' },
  );
