/** A list that forgets its oldest items beyond `most`. */
export class Recent<T> {
  readonly items: T[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(item: T): void {
    this.items.push(item);
    if (this.items.length > this.#most) this.items.shift();
  }

  remove(item: T): void {
    const place = this.items.indexOf(item);
    if (place >= 0) this.items.splice(place, 1);
  }
}
