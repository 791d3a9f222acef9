export const help = `Purges what a Stillfresh edge has stored, and shows what became of purges.

  npx stillfresh purge --tenant acme --tag invoice:inv_0001
  npx stillfresh purges --tenant acme
  npx stillfresh receipt ID
  npx stillfresh help

purge: whose data, one of
  --tenant NAME      a tenant's
  --public           data that belongs to no tenant
  --all-tenants      every tenant's; with --class alone
purge: what, one or more of
  --tag TAG          entries with this tag; up to 100 times
  --class NAME       entries of this class; up to 100 times
  --user NAME        entries of this user; up to 100 times
  --everything       all of it; with --erase it is deleted from Redis too, not only unusable
purge: how
  --soft             may be served stale while it is fetched anew (default: never again)
  --no-wait          ends once the purge is accepted (default: waits until it is verified, or all is deleted; until
                     it is applied where QStash could not be had, for then the cron verifies it minutes later)
  --timeout TIME     how long to wait, a whole number and s, m or h (default 2m)

purges: newest first
  --tenant NAME      of this tenant (default: of all)
  --limit N          so many, from 1 to 100 (default 20)
  --cursor C         goes on where the last page ended

all
  --url URL          the edge (default: STILLFRESH_URL, else http://127.0.0.1:8787)
  --json             one JSON object on stdout, and no progress
  --help, -h         this

The admin token comes from STILLFRESH_TOKEN, else ADMIN_TOKEN. There is no flag for it: whoever lists the machine's
processes sees flags.

purge prints the purge's id on stdout; how far it is goes to stderr. Exit codes:
  0  verified; with --erase: all deleted; with --no-wait: accepted; where QStash could not be had: applied
  1  given up by the queue, or not verified in time
  2  the command or the request is refused
  3  no connection, or the edge cannot answer
  130  Ctrl-C; a purge that was accepted goes on
`;
