/**
 * Every bound of the engine, in one place, each with its reason. A wait without a deadline or a map without a
 * bound is a fault; when you add one, name it here.
 */
const KiB = 1024;
const MiB = 1024 * KiB;

export const bounds = {
  // Redis, the origin, and waiting for another request
  /** A lookup slower than this costs the user more than the origin would. */
  redisReadMs: 250,
  /** Lease, fill and purge run a script on the primary, which may be a region away. */
  redisWriteMs: 500,
  /** An answer of the origin: its headers, and a body that must be complete or that others wait for. */
  originMs: 10_000,
  /** Longer than `originMs`: a living holder loses its lease only to a body that is passed on for longer than this. */
  leaseMs: 12_000,
  /** A request gives up waiting for another's fetch, and fetches by itself. */
  requestMs: 15_000,
  /** So often a request waits for fetches in other isolates that leave nothing stored: most likely nothing can be stored. */
  pollsInVain: 2,
  /** A crowd of waiters may slow Redis down: one look that fails must not send them all to the origin, so many in a row do. */
  failedLooks: 3,
  /** Those who joined hear from a living leader before its lease ends; this much later its followers give it up. */
  fillMarginMs: 100,
  /** Fetches under way that an isolate knows of: far more than the bulkhead admits, so that only cancelled ones are forgotten. */
  flights: 1_000,
  /** Keys with a refresh under way that an isolate knows of; of one that it has forgotten it may start a second. */
  refreshes: 1_000,
  /** How long nobody queues for an answer that turned out not to be storable. */
  directMs: 1_000,
  /** How long an origin that has failed is spared: of one key it is asked twice in that time at most, by all isolates together. */
  failedMs: 1_000,
  /** Waiting for another's fetch: look again after this long, chosen by chance so that waiters spread. */
  lookAgainMs: [50, 200],
  /** The breaker opens when half of at least this many calls failed … */
  breakerCalls: 20,
  /** … within this window, … */
  breakerWindowMs: 10_000,
  /** … and asks again, one probe at a time, after this long. */
  breakerOpenMs: 5_000,
  /** While another isolate refreshes a stale entry, this one asks for the lease again only after this long. */
  refreshAgainMs: 1_000,

  /** What the cron and operators ask Redis of figures may be megabytes, and no user waits for it. */
  figuresMs: 10_000,
  /** Series that an isolate counts, of counters and of histograms: dozens of classes, and all of their outcomes and reasons. */
  meteredSeries: 2_000,
  /** Names that it follows of each list, tags, tenants and missed keys: more than it shows, so that none of those is missed by chance. */
  sketchedNames: 400,
  /** So many requests make what was counted worth a command, … 0: nothing is told. */
  flushRequests: 100,
  /** … but not more often than this: what a request to Redis costs an isolate, a thousand hits in a second must not pay ten times. */
  flushEveryMs: 5_000,
  /** A request waits so long for others to tell its counts: the platform lets it wait for 30 s after its answer. */
  flushAfterMs: 20_000,
  /** After a failure it is told again; both together stay below those 30 s. */
  flushAgainMs: 5_000,
  /** Where it goes on failing it is tried ever more seldom, up to this. */
  flushSeldomMs: 300_000,
  /** Documents that are told one after the other, where one does not hold all series: more than an isolate may count fill a dozen. */
  flushAtOnce: 8,
  /** Where nobody tells anything, the cron adds what its own isolate has counted this often: each time costs the script half a dozen writes. */
  ownFiguresMs: 300_000,
  /** Later than this whoever waits or sends was ended by the platform, and another takes his place. */
  flushLostMs: 5_000,
  /** Of series in one document, about; the others wait for the next one. Its lists of names have bounds of their own, so that it is below 64 KiB. */
  flushBytes: 32 * KiB,

  // What becomes of it
  /** Documents that wait for the cron, about: a minute of 8,000 requests in a second. */
  toldDocuments: 5_000,
  /** Documents that the cron takes up at once: 6 MB at most, well below what an isolate may hold … */
  toldAtOnce: 100,
  /** … and how often in one tick: more than wait. */
  roundsPerTick: 52,
  /** Where a replica had not the latest yet it is asked again after this long. */
  settleAgainMs: 250,
  /** Minutes that one such step writes; a document of yet another one waits for the next step. */
  minutesAtOnce: 16,
  /** How long minutes are kept: as far back as an incident is looked into … */
  minutesKeptMs: 48 * 3_600_000,
  /** … and hours: a month can be compared with the one before. */
  hoursKeptMs: 35 * 24 * 3_600_000,
  /** Series of one minute, one hour or one day; what is beyond goes to `(other)`. */
  bucketSeries: 1_000,
  /** Series of the running totals, which gather all that there ever were: some 100 KiB. */
  totalsSeries: 4_000,
  /** Buckets that one answer is made of: three hours of minutes, and seven days of hours. */
  bucketsRead: 181,
  /** Lists of the heaviest hold names of tenants and tags, and are not kept longer than an incident lasts. */
  topsKeptMs: 48 * 3_600_000,
  /** Names that are kept of each list and hour … */
  topsKept: 200,
  /** … and shown. */
  topsShown: 100,
  /** How long an isolate that has told nothing is remembered while others tell: what it sends again later is not counted. */
  isolateKeptMs: 2 * 3_600_000,
  /** Longer than this between two documents nobody tells, for want of requests or of Redis. */
  isolateQuietMs: 60_000,
  /** Isolates remembered, some 40 bytes each. */
  isolatesKept: 20_000,
  /** How far the clocks of Redis and an isolate may differ. */
  isolateClockMs: 60_000,
  /** Redis is asked for its memory only so often: at each fifth tick, whose times are not exact. */
  memoryEveryMs: 270_000,

  /** Failures of one request that its log line tells apart: a handler may read hundreds of values. */
  loggedFailures: 8,
  /** Fields of a value that are named where its shape is another; the first are enough to see why. */
  loggedFields: 8,
  /** Of what an error says, and of each line of its stack: it may quote all that somebody sent. */
  loggedWhyChars: 200,
  /** Of a path in a log line, as JSON has it … */
  loggedPathBytes: 128,
  /** … and of the name of a class or a tenant: so the line of a hit is below 600 bytes. Most names are shorter; a hash is 16. */
  loggedIdBytes: 40,
  /** All of that line: platforms bill a log by bytes, and most of its lines are hits. */
  loggedHitBytes: 600,
  /** Ids whose hashes an isolate remembers for its log. */
  hashedIds: 2_000,
  /** Of what it is called, which code of the team's own may have chosen. */
  loggedNameChars: 64,
  /** Lines of a stack: the first say where it is from. */
  loggedFrames: 20,
  /** Any other text of a log line, with room for such a stack. */
  loggedTextChars: 5_000,
  /** In development, of what an error says: a developer reads it all, but not a body. */
  shownMessageChars: 2_000,

  /** In development, of a class's misses one in so many is asked for a second time, as another user: seldom enough that nobody waits for it … */
  secondAskingEvery: 10,
  /** … and of so many tenants is known who asked lately. */
  rememberedColleagues: 100,

  // How classes are switched on
  /** Flags ride in an MGET of an isolate again after this long: a few KiB, which not every one must carry … */
  flagsRideMs: 5_000,
  /** … and an isolate that sends none asks for them after this long. */
  flagsAskMs: 20_000,
  /** A request of a shadow's sample waits so long for its lease, and then goes on without. */
  shadowLeaseMs: 50,
  /** What shadows hold to be compared, in one isolate: both bodies, until it is known that no purge was on its way. */
  shadowBytes: 16 * MiB,
  /** What is held for longer is taken for lost: the platform ends background work 30 s after the answer, and tells nobody. */
  shadowLostMs: 120_000,
  /** What differs is looked at again after this long: a webhook's purge is seen by then, and the platform keeps background work for 30 s. */
  purgeOnItsWayMs: 2_000,
  /** Entries of which an isolate remembers who was given what, because something differed … */
  witnessedKeys: 200,
  /** … and of each so many answers: three prove a leak, more that it is none. */
  sightingsPerKey: 16,
  /** Names in `allow` and in `deny`: they stand in the flags, which every isolate reads. */
  rolloutListed: 100,
  rolloutSteps: 12,
  /** The flags of all classes as JSON, beyond which nobody may make a list or a plan longer: every isolate reads them; two hundred classes with a plan, or a dozen with full lists. */
  rolloutFlagsChars: 128 * KiB,
  /** Of who changed something, and why. */
  rolloutWhyChars: 300,
  /** Changes that the audit list keeps, about. */
  rolloutAudit: 1_000,
  /** Fingerprints of a class that the flags keep, the latest: versions of the Worker that may still run. */
  rolloutFingerprints: 4,
  /** Rows that an isolate counts of one class for the guard, until they are told: a step has two, and few begin meanwhile. */
  trialRows: 6,
  /** Rows that it tells at once, 1 KiB each: the next document has the others. */
  trialRowsTold: 64,
  /** Steps that go on of which the cron keeps them. Of more classes nothing is counted, which their status and a note say (`trials-full`). */
  trialStepsKept: 128,
  /** Bits that count different units, in each row: up to 5,000 units within 3 %, and 512 characters in each flush. */
  trialUnitBits: 2_048,
  /** Earlier looks at a step that the guard is handed: it keeps 17 of a look each minute for 30 days. */
  guardLooks: 32,
  /** Places of differences that are shown of an arm. */
  trialPlaces: 12,
  /** Flags of a class that no deployment has had for so long are forgotten: longer than any two versions run side by side. */
  rolloutGoneMs: 30 * 24 * 3_600_000,

  // Fetches of one isolate
  /** Fetches under way in one isolate; a Worker has 6 connections waiting for headers, the rest are streaming. */
  fetchesPerIsolate: 32,
  /** So that one tenant cannot take all of the bulkhead. */
  fetchesPerTenant: 8,
  /** The same for an HTTP cache, which has no tenants: a page asks for dozens of things at once. */
  fetchesOfHttpCache: 128,
  /** Seconds that a caller is told to wait who was turned away by the bulkhead, or while an origin is spared. */
  retryAfterS: 1,

  // Bodies on their way
  /** An answer that is complete so soon, and so small, is read first: a break-off is then seen … */
  readFirstMs: 50,
  /** … before anything of it is sent. */
  readFirstBytes: 64 * KiB,
  /** The same for a value of a data class, whose length nobody announced: half of it is of no use, and all of it gives the answer its `ETag`. */
  valueReadFirstMs: 1_000,
  /** The origin's silence in a body that is passed on, while it is waited for. */
  idleMs: 60_000,
  /** A client's upload, which may take long: all of a write's body, or until the origin answers where it is streamed on. */
  uploadMs: 120_000,
  /** A client that takes nothing of its body for so long is gone: a player that is paused asks for the rest again. */
  unreadMs: 300_000,
  /** Chunks that clients have not taken yet, in one isolate; beyond it bodies go at their clients' pace, and are not stored. */
  unsentBytes: 16 * MiB,

  // The HTTP cache
  /** RFC 9111 §4.2.2: freshness that the origin did not state. */
  heuristicMs: 24 * 3_600_000,
  /** RFC 9111 §4.2.4: how long after it was fresh a response may be used while its origin cannot be reached at all. */
  disconnectedMs: 600_000,
  /** How long a response that is no longer fresh is stored to be validated, beyond its stale windows. */
  storedToValidateMs: 24 * 3_600_000,
  /** How long one is stored at most, whatever the origin says. */
  storedAtMostMs: 30 * 24 * 3_600_000,
  /** A body of an HTTP cache that takes longer is not waited for by others: a page may come for as long as it is read. */
  streamMs: 1_000,
  /** Between two parts of an event stream. */
  liveIdleMs: 600_000,
  /** Further fetches of one read, for fields that the origin had not been shown. */
  furtherTries: 2,
  /** How long an isolate remembers that a URI's answer could not be stored: nobody waits for another's fetch of it. */
  unstorableMs: 10_000,
  /** All headers of a response together; one that has more is passed on, not stored. */
  storedHeaderBytes: 16 * KiB,
  /** `CDN-Cache-Control`: RFC 9651 asks for at least 1024 members; a longer field is ignored. */
  targetedFieldBytes: 32 * KiB,
  /** Request fields that a response may vary by; one that names more is not stored. */
  varyNames: 16,
  /** Entity tags of a URI's variants, the latest, which the origin is asked to choose from: all go into one request field. */
  variantTags: 8,

  // How soon purges are seen
  /** An isolate looks at the canary so often: the name rides in an MGET that is sent anyway. */
  canaryLookMs: 10_000,
  /** A canary purge is judged when it is so old: who saw it has told of it by then … */
  canaryJudgedMs: 120_000,
  /** … an isolate whose last look without it was so long ago has told nothing since, and is gone … */
  canaryGoneMs: 120_000,
  /** … and one that still looks after this long in vain has not seen it. */
  canaryUnseenMs: 300_000,
  /** Where isolates tell nothing its counts are written so seldom: with those of each tenth minute, whose times are not exact. */
  canaryCountsMs: 510_000,
  /** Canary purges that are not judged yet: one a minute. */
  canaryPurges: 16,
  /** Isolates that are known by their last look. */
  canaryIsolates: 500,
  /** Days of which the service level is kept. */
  canaryDays: 35,
  /** A canary lives so long without a purge: a cron that was paused goes on with it. */
  canaryLifeMs: 24 * 3_600_000,

  // Comparisons of hits with the origin
  /** Under way in one isolate: each holds a fetch of the origin, and two bodies. */
  comparisonsAtOnce: 2,
  /** Places of a bulkhead that a comparison leaves free, of all and of its tenant's: it is never the reason why a fetch is turned away. */
  placesLeftByComparison: 0.5,
  /** Differences of one comparison that are told: the first are enough to see why. */
  comparedPlaces: 8,
  /** Levels of JSON that are compared by value; what is nested more deeply is compared by its bytes. */
  comparedLevels: 200,
  /** Fields that a class leaves out of its comparisons. */
  comparedIgnoring: 32,
  /** Lines of the log that one isolate writes of differences … */
  loggedComparisons: 10,
  /** … within this time; all are counted. */
  loggedComparisonsMs: 60_000,

  // Entries and bodies
  /** An isolate has 128 MB for everything. */
  l1Bytes: 16 * MiB,
  /** How long a `standard` class may answer from isolate memory without asking Redis, unless it says otherwise. */
  l1Ms: 1_000,
  /** Any duration of a class: a generation lives as long as its entries, and data that nobody refreshed for a month is not a cache. */
  durationMs: 30 * 24 * 3_600_000,
  /** `settle`: QStash holds a message no longer. */
  settleMs: 24 * 3_600_000,
  /** The largest body stored, unless the class says otherwise … */
  maxBytes: 1 * MiB,
  /** … and the most that a class may say: base64 and the header must stay below Redis' 10 MB request. */
  maxBytesLimit: 5 * MiB,
  /** The largest JSON that a loader takes from the origin at once. */
  loaderBytes: 5 * MiB,
  /** Below this, compression costs more than it saves. */
  gzipFromBytes: 1 * KiB + 1,
  /** The memory store is for development: it forgets what was written least recently beyond this. */
  memoryStoreBytes: 64 * MiB,

  // Names
  /** Tags of one entry, implicit ones included: the MGET of a lookup carries one generation for each. */
  tagsPerEntry: 64,
  /** A parameter's value in a key, in UTF-8 bytes. */
  keyParamBytes: 256,
  /** A key, or a tag's name; beyond it a readable prefix and a hash. Redis and Upstash take 32 KB. */
  keyBytes: 512,
  /** Tags that an answer may name beside the declared ones: room is left for the implicit ones. */
  lateTags: 32,
  /** Soft purges of one tag whose times its generation keeps; an entry older than all of these was stale from its fetch on. */
  softNonces: 8,
  /** A generation outlives every entry that names it by at least this margin. */
  generationMarginMs: 60_000,
  /** Names of entries remembered in one isolate, some 1 KiB each. */
  rememberedNames: 2_000,

  // What somebody sent, and its faults
  /** Fields of a query or form, each of which costs more than its bytes; beyond it 400. */
  formPairs: 10_000,
  /** Levels of a JSON body: a schema that holds itself takes a call or more for each; beyond it 400. */
  jsonLevels: 200,
  /** Fields at fault that one answer names: whoever mends so many asks again. */
  fieldErrors: 20,
  /** A field's name in it, which the sender may have chosen. */
  fieldNameChars: 64,
  /** All the names on the way to it. */
  fieldPathChars: 256,
  /** Values that a field may have, as its fault lists them: enough for a status or a yes, too few for the world's currencies. */
  namedValues: 12,

  // Receipts
  /** Receipts, and with them the mark that a purge was applied. */
  receiptMs: 7 * 24 * 3_600_000,
  /** Receipts that a list of them names; the oldest leave first, and are still found by their id. */
  receiptsListed: 100_000,
  /** Receipts in one answer. */
  receiptsPerPage: 100,

  // Purges
  /** Targets of each kind in one purge: each is a key of its script. */
  tagsPerPurge: 100,
  /** Groups in one field: RFC 9875 §2 asks for at least 128; where an origin names more, its whole tenant is purged … */
  groupsPerField: 256,
  /** … as it is where the field is longer … */
  groupsFieldBytes: 32 * KiB,
  /** … so that a write's own tags and these are at most so many. */
  targetsPerOrder: 320,
  /** Names of one part of an order, in bytes: all parts together fit into what QStash's free plan takes, 1 MB; beyond it classes are purged. */
  partBytes: 128 * KiB,
  /** Purges of one handler that its log line names: the rest have their receipts. */
  loggedPurges: 16,
  /** Hints in the answer to a purge: who mistypes mistypes one tag; a script may name 100. */
  hintsPerPurge: 10,
  /** Tags of one purge that are compared with what is declared, because no class has them: each costs as much as there is declared. */
  tagsCompared: 32,
  /** Declared tags that a hint names. */
  tagsPerHint: 3,
  /** Parts of an order beside its own: softly of its tenant, and hard and softly of public data and of all tenants. */
  partsPerOrder: 5,
  /** Elements of a list in an event's payload, each a tag or a user; beyond it the classes that they reach are purged. */
  listedPerEvent: 64,
  /** A tag as a purge names it, before encoding: a template of 16 parameters and more. */
  tagBytes: 8 * KiB,
  /** What an operator posts as a purge: it must still fit into the queue's message; beyond it 413. */
  purgeBytes: 256 * KiB,
  /** What QStash delivers: its own limit, which no order of ours comes near … */
  deliveryBytes: 1 * MiB,
  /** … and what it reports of a message that it has given up, with that message in base64. */
  reportBytes: 2 * MiB,

  // The queue, and what follows a purge
  /** Until QStash has taken a message; the purge is applied at once instead. */
  queueMs: 2_000,
  /** Deliveries of one message after the first; QStash's free plan takes 3 (`QSTASH_RETRIES`). */
  queueRetries: 5,
  /** Before QStash gives a delivery up and tries again: more than a purge, less than a person waits. */
  deliveryMs: 15_000,
  /** Deliveries of one tenant under way at once, so that a flood of one does not delay the others'. */
  deliveriesPerTenant: 10,
  /** A purge that QStash has given up is published again after this long: the outage may be over, and rights may hang on it … */
  againAfterMs: 10_000,
  /** … later after this share of the time that it has waited already … */
  againShare: 4,
  /** … at most after this long … */
  againAtMostMs: 600_000,
  /** … until it is so old that nobody waits for it any more: longer than an outage of a database, or a night. */
  againUntilMs: 24 * 3_600_000,
  /** Milliseconds before each try to apply a purge that failed after a write, where there is no queue; the platform keeps background work for 30 s. */
  purgeRetriesMs: [200, 1_000, 5_000, 15_000],
  /** Milliseconds before each further purge after a write that the origin may still be carrying out. */
  purgesAgainMs: [5_000, 15_000],
  /** After a purge was applied, its receipt is looked for again: a failover that lost it has happened by then … */
  verifyAfterMs: 30_000,
  /** … and a delivery that comes this much later comes late enough, whatever clocks and queues add. */
  verifyMarginMs: 1_000,
  /** How often a purge that a failover lost is applied again. */
  verifyRounds: 3,
  /** A receipt that is neither verified nor dead after this long is looked after by the cron … */
  stuckMs: 120_000,
  /** … so many at once: it shares the database with users … */
  sweptAtOnce: 100,
  /** … and as long as this: the next one comes in a minute. */
  sweepMs: 50_000,
  /** Whoever watches a receipt looks again after this long, or ever more seldom up to this, where it is late: each look is a line of the log. */
  receiptLookMs: [1_000, 30_000],
  /** How long one step of an erasure scans before it hands on. */
  eraseStepMs: 5_000,
  /** Names that one SCAN looks at: it stops Redis for about a millisecond. */
  scanCount: 1_000,

  // Webhooks
  /** What a sender posts to a hook: some of Stripe's and GitHub's events are several 100 KiB; beyond it 413. */
  hookBytes: 1 * MiB,
  /** Secrets of one webhook source: the old and the new one while it is rotated, and a second pair. */
  hookSecrets: 4,
  /** HMAC-SHA256 is as hard to forge as its secret is to guess: 128 bits at least. */
  hookSecretBytes: 16,
  /** Signatures in one header: one for each secret of the sender's. */
  hookSignatures: 16,
  /** A longer id or type is ignored: both go into logs and receipts. */
  hookNameChars: 256,
  /** Whoever recorded a webhook may send it again within its window; one of more than a day protects nothing. */
  hookWindowMs: 24 * 3_600_000,

  // Requests and fields
  /** The request's URL; beyond it 414. */
  urlBytes: 8 * KiB,
  /** All values of request headers together, and 32 bytes for each header; beyond it 431. */
  headerBytes: 32 * KiB,
  /** A body sent through the edge with an unsafe method; beyond it 413. */
  requestBodyBytes: 1 * MiB,
  /** An entity tag; an origin's longer one is replaced by our own. */
  entityTagBytes: 256,
  /** Tags in one If-None-Match; beyond it the header counts as malformed. */
  ifNoneMatchTags: 64,
  /** One header of the origin's answer, stored or passed on; most servers refuse more themselves. All `passHeaders` together. */
  answerHeaderBytes: 8 * KiB,
  /** `passHeaders` of one class: they are stored with each of its entries. */
  passHeaders: 16,

  /** Of a class's name, which stands in each key and in each of its figures. */
  classNameChars: 64,

  // Alerts
  /** Alerts of a strategy: each is kept, with two sums a minute, in what the cron reads and writes. */
  alerts: 50,
  /** … and of classes that are being switched on, which the guard watches. */
  rolloutAlerts: 50,
  /** The longest window of one: so many minutes of sums are kept … */
  alertWindowMs: 3_600_000,
  /** … one for each tick of the cron, but for one that comes this soon after another. */
  alertTickMs: 30_000,
  /** How long nothing could be measured, beyond the window, before that is told. */
  alertNoDataMs: 15 * 60_000,
  /** What fires is over when it has not been beyond its bound for this long, so that what comes and goes around it is told once. */
  alertKeepMs: 10 * 60_000,
  /** A tick found that much older than a window: the cron did not run, and what grew since would be of a longer time. One that much later than now is of a wrong clock. */
  alertLateMs: 3 * 60_000,
  /** What an alert says to do: one sentence. */
  alertSaysChars: 300,
  /** Notifications that nobody has taken yet; beyond it the oldest are dropped … */
  alertsUnsent: 50,
  /** … as they are when nobody could still be helped by them. */
  alertUnsentMs: 24 * 3_600_000,
  /** One that a tick of the cron has sent, and that no one has noted as taken, is sent again after this long. */
  alertAgainMs: 45_000,
  /** Until a receiver of alerts has answered, where there is no queue. */
  alertMs: 5_000,
  /** Deliveries of one by QStash, after the first: receivers refuse a signature that is older than 5 min, and the last comes before that. */
  alertRetries: 4,
  /** After this long QStash has delivered one or given it up: those tries are 85 s apart in all, and wait 5 s each for an answer. */
  alertUnderWayMs: 115_000,
  /** One that QStash has given up is sent again ever more seldom, up to this: each time is six of its messages, of 1,000 a day on its free plan. */
  alertAgainAtMostMs: 30 * 60_000,
  /** A cron that could not settle anything looks again after this long … */
  outageLookMs: 20_000,
  /** … and tells so when it has waited this long in all: a shorter outage is told to nobody, and this one leaves a gap … */
  outageMs: 3 * 60_000,
  /** … by which whoever settles next knows that somebody may have been told. Shorter, since clocks differ, and another may have settled after the first look. */
  outageGapMs: 150_000,
  /** Ticks before a gap, by which it is known how often the cron runs. */
  outageTicks: 5,
  /** It is told anew after this long, under an id that is the same for all isolates. */
  outageAgainMs: 15 * 60_000,
  /** Tries to put it back into what the cron keeps, which the cron itself may be writing; then QStash reports it again. */
  alertTakenBack: 5,

  // Identity
  /** A bearer token; beyond it 401 without a look at it. */
  tokenBytes: 8 * KiB,
  /** Verified tokens remembered in one isolate. */
  rememberedTokens: 5_000,
  /** Tokens remembered as they came, so that a user's next request needs no hash … */
  recentTokens: 256,
  /** … at most for this long. */
  recentTokenMs: 5_000,
  /** Roles of one identity. */
  roles: 128,
  /** An API key as presented. */
  apiKeyBytes: 512,
  /** Of a stored body that `explain` shows. */
  explainedBodyBytes: 256 * KiB,
  /** Headers that a request to be explained has. */
  explainedHeaders: 32,
  /** Receipts among which `explain` looks for the purges of an entry. */
  explainedReceipts: 50,
  /** An admin token as presented. */
  adminTokenBytes: 512,
  /** Being logged in to the console: a working day. */
  consoleSessionMs: 8 * 3_600_000,
  /** What the console's forms send: a purge of 100 tags of the greatest length, each byte of it percent-encoded. */
  consoleFormBytes: 128 * KiB,
  /** How far the clocks of token issuer and edge may differ. */
  clockToleranceMs: 5_000,
  /** Keys taken from a JWKS; a longer one is refused. */
  jwksKeys: 64,
  /** Of these, so many are tried with a token that names none by `kid`: each costs the verification of a signature. */
  jwksCandidates: 8,
  /** The JWKS document, in bytes. */
  jwksBytes: 64 * KiB,
  /** A JWKS is used this long before it is fetched again … */
  jwksFreshMs: 600_000,
  /** … and an unknown `kid` makes it be fetched at most this often. */
  jwksCooldownMs: 30_000,
  /** Waiting for the JWKS endpoint. */
  jwksMs: 5_000,
  /** With no key in hand, a JWKS endpoint that failed is asked again after this long … */
  jwksRetryMs: 1_000,
  /** … and while it fails, the keys last fetched are trusted this long. */
  jwksStaleMs: 24 * 3_600_000,
} as const;

export type Bounds = {
  readonly [name in keyof typeof bounds]: (typeof bounds)[name] extends readonly [number, number]
    ? readonly [number, number]
    : (typeof bounds)[name] extends readonly number[]
      ? readonly number[]
      : number;
};
