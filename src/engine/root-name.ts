/** `repository` of `repository.find`, `this.repository.find`, `$this->repository` and `@repository`; '' for no name. */
export function rootName(text: string): string {
  const bare = text.replace(/^(\$?(this|self)(\.|->)|@|\$)/, '').replace(/^[$#]/, '');
  return /^[\p{L}_][\p{L}\p{N}_]*/u.exec(bare)?.[0] ?? '';
}
