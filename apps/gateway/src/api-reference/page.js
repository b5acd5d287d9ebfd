/* global SwaggerUIBundle */

SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#reference',
  validatorUrl: null,
  persistAuthorization: false,
  // The gateway requires the header of requests with a cookie. Pages of other origins cannot send it.
  requestInterceptor: (request) => {
    request.headers['x-reputable-csrf'] = '1';
    return request;
  },
});
