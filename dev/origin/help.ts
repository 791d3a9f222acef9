/** What `GET /` says: this is a server to play with. */
export const helpFor = (
  dataRoutes: readonly string[],
): string => `The demo origin: a product's API over made-up data.

Its data, for whoever shows X-Origin-Secret (npm run dev prints it), X-Tenant-Id and X-User-Id:
${dataRoutes.map((route) => `  ${route}`).join('\n')}
A change sends its webhook to the edge, unless its URL says ?silent=1.

What needs no secret, and is not counted:
  GET  /stats     how often each route was asked
  GET  /faults    what goes wrong now
  POST /faults    what goes wrong from now on; the last word counts, {} clears
    latency_ms    milliseconds before the answer, after the data were read
    status        answer with this status instead, 300 to 599; nothing is read or changed
    truncate      true: send half of the body, and hang up
    route         only for this route, as it is written above

  curl -s -d '{"status":503,"route":"GET /invoices/:id"}' <this address>/faults

Redis' gateway and QStash's stand-in, one and two ports further, have /faults too: docs/development.md
`;
