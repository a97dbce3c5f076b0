const NAMES = ['Carol', 'Dave', 'Erin', 'Frank', 'Grace', 'Heidi', 'Ivan', 'Judy'];

/** A name for somebody who has not chosen one; two guests hardly ever get the same. */
export function guestName(): string {
  const [name = 0, number = 0] = crypto.getRandomValues(new Uint16Array(2));
  return `${NAMES[name % NAMES.length]} ${100 + (number % 900)}`;
}
