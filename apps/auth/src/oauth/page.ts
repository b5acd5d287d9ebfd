/** A whole page. */
export const page = (title: string, body: string) => `<!doctype html><title>${title}</title>${body}`;
