/** The path of the HTTP API. */
export const API_PATH = '/api/v1';
