import type { BindingName, ExportDeclaration, Node, SourceFile, Statement } from 'typescript/unstable/ast';
import {
  isClassDeclaration,
  isEnumDeclaration,
  isExportDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isInterfaceDeclaration,
  isModuleDeclaration,
  isNamedExports,
  isNamespaceExport,
  isOmittedExpression,
  isTypeAliasDeclaration,
  isVariableStatement,
} from 'typescript/unstable/ast/is';
import type { Source } from './sources.ts';

/** The engine and its two front ends: read together, so that a name must mean one thing in all of them. */
export const oneVocabulary = ['src/engine/', 'src/classes/', 'src/http-cache/'];

interface Defined {
  readonly file: string;
  readonly line: number;
}

/** Each name that more than one file of these folders defines, as `name: src/engine/a.ts:12, src/classes/b.ts:40`. */
export function namesDefinedTwice(sources: readonly Source[], folders = oneVocabulary): string[] {
  const places = new Map<string, Defined[]>();
  for (const { file, tree } of sources) {
    if (!folders.some((folder) => file.startsWith(folder))) continue;
    for (const [name, line] of namesIn(tree)) {
      const known = places.get(name) ?? [];
      places.set(name, known);
      // One name may stand twice in a file: overloads, or a type beside its value.
      if (!known.some((it) => it.file === file)) known.push({ file, line });
    }
  }
  return [...places]
    .filter(([, defined]) => defined.length > 1)
    .map(([name, defined]) => `${name}: ${defined.map(({ file, line }) => `${file}:${line}`).join(', ')}`)
    .toSorted();
}

/** What a module defines at its top, exported or not, and in which line. */
function namesIn(tree: SourceFile): [name: string, line: number][] {
  const lineOf = (node: Node) => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  return tree.statements.flatMap(definedBy).map((name) => [name.text, lineOf(name)]);
}

interface Name extends Node {
  readonly text: string;
}

function definedBy(statement: Statement): Name[] {
  if (isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundBy(name));
  if (isExportDeclaration(statement)) return renamedBy(statement);
  const isNamed =
    isFunctionDeclaration(statement) ||
    isClassDeclaration(statement) ||
    isInterfaceDeclaration(statement) ||
    isTypeAliasDeclaration(statement) ||
    isEnumDeclaration(statement) ||
    isModuleDeclaration(statement);
  return isNamed && statement.name && isIdentifier(statement.name) ? [statement.name] : [];
}

/** `const { a, b: c } = …` defines `a` and `c`. */
function boundBy(name: BindingName | undefined): Name[] {
  if (name === undefined) return [];
  if (isIdentifier(name)) return [name];
  return name.elements.flatMap((it) => (isOmittedExpression(it) ? [] : boundBy(it.name)));
}

/** `export { x as y }` defines `y`; one that keeps the name only passes it on. */
function renamedBy({ exportClause }: ExportDeclaration): Name[] {
  if (!exportClause) return [];
  if (isNamespaceExport(exportClause)) return [exportClause.name];
  if (!isNamedExports(exportClause)) return [];
  return exportClause.elements.filter(({ propertyName }) => propertyName).map(({ name }) => name);
}
