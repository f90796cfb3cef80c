/**
 * Marks what runs when a module is loaded as free of effects (`/*#__PURE__*\/`), so that a bundler drops what a program
 * does not use: the calls that initialise a constant, a static property or the class that is extended. It is what
 * Effect's own build does. Calls that stand for themselves, as statements, are not marked.
 */
import ts from "typescript"

const annotate = <Call extends ts.CallExpression | ts.NewExpression>(call: Call): Call =>
  ts.addSyntheticLeadingComment(call, ts.SyntaxKind.MultiLineCommentTrivia, "#__PURE__")

/** What lies inside runs later, if at all. */
const isDeferred = (node: ts.Node): boolean => ts.isFunctionLike(node) && !ts.isClassStaticBlockDeclaration(node)

export const pureCalls: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const insideValue = (node: ts.Node): ts.Node => {
    if (isDeferred(node)) {
      return node
    }
    if (ts.isClassLike(node)) {
      return topLevel(node)
    }
    const visited = ts.visitEachChild(node, insideValue, context)
    return ts.isCallExpression(visited) || ts.isNewExpression(visited) ? annotate(visited) : visited
  }
  const topLevel = (node: ts.Node): ts.Node => {
    if (isDeferred(node)) {
      return node
    }
    const isValue = ts.isHeritageClause(node) || ts.isVariableDeclaration(node) || ts.isExportAssignment(node) ||
      ts.isPropertyDeclaration(node) &&
        node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true
    // A property of an instance is initialised when there is one.
    return ts.isPropertyDeclaration(node) && !isValue
      ? node
      : ts.visitEachChild(node, isValue ? insideValue : topLevel, context)
  }
  return ts.visitEachChild(file, topLevel, context)
}
