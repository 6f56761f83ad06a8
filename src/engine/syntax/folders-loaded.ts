import type { SyntaxTree } from './syntax-tree.ts';

/**
 * Beginnings of paths under which a file loads whatever lies there, relative to its own folder: `../routes/` of
 * `import(`../routes/${file}`)`, `./handlers/` of `require(join(__dirname, 'handlers', name))`.
 */
export function foldersLoaded(tree: SyntaxTree): string[] {
  const { source, table } = tree;
  if (table.language === 'python')
    return [...source.matchAll(byModule)].map(
      ([, module = '']) => `/${module.replaceAll('.', '/')}/`,
    );
  if (!table.closuresAreUnits || !loads.test(source)) return [];
  const written = [...source.matchAll(byText)].map(([, template, text]) => template ?? text ?? '');
  const joined = [...source.matchAll(byPieces)].map(([, pieces = '']) =>
    [...pieces.matchAll(/['"]([^'"]*)['"]/g)].map(([, piece]) => `${piece}/`).join(''),
  );
  return [...new Set([...written, ...joined])].filter((path) => path !== '');
}

const loads = /\b(import|require)\(\s*(`|['"][^'"]*['"]\s*\+|(path\.)?(join|resolve)\()/;
const byText =
  /\b(?:import|require)\(\s*(?:`(\.{1,2}\/[^`$]*)\$\{|['"](\.{1,2}\/[^'"]*)['"]\s*\+)/g;
const byPieces =
  /\b(?:import|require)\(\s*(?:path\.)?(?:join|resolve)\(\s*__dirname\s*((?:,\s*['"][^'"]*['"]\s*)*),\s*[A-Za-z_$]/g;
const byModule = /\bimport_module\(\s*f["']([\w.]+)\.\{/g;
