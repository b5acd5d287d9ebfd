import validateLinks from 'remark-validate-links';

/** Checks that files and headings exist. Links to lines of code are accepted: src/check.ts checks those lines. */
export default {
  plugins: [[validateLinks, { repository: false, urlConfig: { headingPrefix: '#', lines: true } }]],
};
