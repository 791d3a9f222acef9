/** Names in the order in which they are tried; each the way into nested objects. */
export type Names = readonly (readonly string[])[];

/** Where a JSON log has what is wanted of a request. */
export interface JsonFields {
  /** RFC 3339, Common Log Format, or a count since 1970 in whatever unit. */
  readonly time: Names;
  readonly method: Names;
  /** A path or a URL. */
  readonly target: Names;
  /** What follows `?`, where the target has it not. */
  readonly query: Names;
  /** Method, target and protocol in one text, where they are not apart. */
  readonly request: Names;
  readonly status: Names;
  readonly bytes: Names;
  /** `ms`: how many milliseconds one of it is, where it does not say itself. */
  readonly durations: readonly { readonly name: readonly string[]; readonly ms: number }[];
  readonly user: Names;
  readonly cookie: Names;
  readonly authorization: Names;
  readonly cacheControl: Names;
  readonly setCookie: Names;
  readonly etag: Names;
  readonly requestHeaders: Names;
  readonly responseHeaders: Names;
}

/** `a.b c` → `[['a', 'b'], ['c']]`. */
const names = (text: string): Names => text.split(' ').map((it) => it.split('.'));
const durations = (unit: number, text: string): JsonFields['durations'] =>
  names(text).map((name) => ({ name, ms: unit }));

const SECONDS = 1000;
const MILLISECONDS = 1;
const NANOSECONDS = 1e-6;

const none: JsonFields = {
  ...{ time: [], method: [], target: [], query: [], request: [], status: [], bytes: [], durations: [] },
  ...{ user: [], cookie: [], authorization: [], cacheControl: [], setCookie: [], etag: [] },
  ...{ requestHeaders: [], responseHeaders: [] },
};

/** developers.cloudflare.com/logs, dataset `http_requests`. */
export const cloudflare: JsonFields = {
  ...none,
  time: names('EdgeStartTimestamp EdgeEndTimestamp'),
  method: names('ClientRequestMethod'),
  target: names('ClientRequestURI ClientRequestPath'),
  status: names('EdgeResponseStatus'),
  bytes: names('EdgeResponseBodyBytes EdgeResponseBytes'),
  durations: [
    ...durations(MILLISECONDS, 'EdgeTimeToFirstByteMs OriginResponseDurationMs'),
    ...durations(NANOSECONDS, 'OriginResponseTime'),
  ],
  requestHeaders: names('RequestHeaders'),
  responseHeaders: names('ResponseHeaders'),
};

/** doc.traefik.io, access logs in JSON. Header fields are logged only where the configuration keeps them. */
export const traefik: JsonFields = {
  ...none,
  time: names('StartUTC StartLocal time'),
  method: names('RequestMethod'),
  target: names('RequestPath'),
  status: names('DownstreamStatus OriginStatus'),
  bytes: names('DownstreamContentSize OriginContentSize'),
  durations: durations(NANOSECONDS, 'OriginDuration Duration'),
  user: names('ClientUsername'),
  cookie: names('request_Cookie'),
  authorization: names('request_Authorization'),
  cacheControl: names('downstream_Cache-Control origin_Cache-Control'),
  setCookie: names('downstream_Set-Cookie origin_Set-Cookie'),
  etag: names('downstream_Etag downstream_ETag origin_Etag origin_ETag'),
};

/** caddyserver.com/docs, `log`: `ts` in whatever form its encoder was told. */
export const caddy: JsonFields = {
  ...none,
  time: names('ts'),
  method: names('request.method'),
  target: names('request.uri'),
  status: names('status'),
  bytes: names('size'),
  durations: durations(SECONDS, 'duration'),
  user: names('user_id'),
  requestHeaders: names('request.headers'),
  responseHeaders: names('resp_headers'),
};

/** nginx's `log_format … escape=json` names its fields as whoever wrote it likes: the variables' names, and those that are often seen. */
export const nginx: JsonFields = {
  ...none,
  time: names(
    'time_iso8601 time_local msec timestamp @timestamp time time_msec ts date datetime start_time request_time_iso8601',
  ),
  method: names(
    'request_method method http_method verb http.request.method http.method httpRequest.requestMethod req.method',
  ),
  target: names(
    'request_uri uri path url request_path request_url http.url url.original url.path httpRequest.requestUrl req.url document_uri',
  ),
  query: names('args query_string query url.query'),
  request: names('request request_line'),
  status: names(
    'status status_code http_status response_status code http.response.status_code http.status_code httpRequest.status res.statusCode response.status',
  ),
  bytes: names(
    'body_bytes_sent bytes_sent bytes size response_size response_length http.response.body.bytes httpRequest.responseSize',
  ),
  durations: [
    ...durations(SECONDS, 'upstream_response_time request_time'),
    ...durations(MILLISECONDS, 'duration_ms response_time_ms latency_ms elapsed_ms responseTime'),
    ...durations(NANOSECONDS, 'event.duration'),
    ...durations(SECONDS, 'duration response_time latency httpRequest.latency'),
  ],
  user: names('remote_user user user_name user.name'),
  cookie: names('http_cookie cookie cookies request_cookie'),
  authorization: names('http_authorization authorization'),
  cacheControl: names(
    'sent_http_cache_control upstream_http_cache_control cache_control response_cache_control',
  ),
  setCookie: names('sent_http_set_cookie upstream_http_set_cookie set_cookie'),
  etag: names('sent_http_etag upstream_http_etag etag'),
  requestHeaders: names('request_headers req.headers'),
  responseHeaders: names('response_headers res.headers'),
};

/** w3.org, HTTP Archive 1.2: one of `log.entries`. */
export const har: JsonFields = {
  ...none,
  time: names('startedDateTime'),
  method: names('request.method'),
  target: names('request.url'),
  status: names('response.status'),
  bytes: names('response.bodySize response.content.size'),
  durations: [...durations(MILLISECONDS, 'timings.wait'), ...durations(MILLISECONDS, 'time')],
  requestHeaders: names('request.headers'),
  responseHeaders: names('response.headers'),
};
