/** Name of a file up to its first dot: `orders` of `src/orders.test.ts`; a hidden file keeps its name. */
export function fileStem(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.indexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** Last part of a path or a dotted module, without its extension: `store` of `shop/store.py` and `shop.store`. */
export function moduleStem(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const name = file.replace(/\.([cm]?[jt]sx?|py|rb|php|java|cs|go|rs|cpp|cc|h|hpp)$/, '');
  return name.slice(name.lastIndexOf('.') + 1);
}
