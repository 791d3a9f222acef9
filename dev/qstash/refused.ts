/** Thrown anywhere below a request; becomes `{"error": …}` with this status. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
