/** Files that are imported as their text, `with { type: 'text' }`: what browsers are sent. `npm run statics` makes `*.min.*`. */
declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.min.js' {
  const text: string;
  export default text;
}
declare module '*.svg' {
  const text: string;
  export default text;
}
