/** What a command cannot do, as one line that says why and how to mend it. */
export class Refusal extends Error {}
