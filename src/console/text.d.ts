/** Files that are imported as their text, `with { type: 'text' }`: what browsers are sent. */
declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.min.js' {
  const text: string;
  export default text;
}
declare module '*.client.js' {
  const text: string;
  export default text;
}
declare module '*.svg' {
  const text: string;
  export default text;
}
