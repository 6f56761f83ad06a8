import type { SyntaxTree } from './syntax-tree.ts';

const harmlessMarks =
  /^(Override|Deprecated|SuppressWarnings|SafeVarargs|FunctionalInterface|Nullable|NonNull|NotNull|Obsolete|MethodImpl\w*|staticmethod|classmethod|property|cached_property|abstractmethod|\w+\.(setter|getter|deleter)|functools\.\w+|wraps|lru_cache|cache|overload|override|final|typing\.\w+|inline|must_use|allow|cfg|doc|cold|track_caller|deprecated|DebuggerStepThrough|CanBeNull|Pure|JvmStatic|ReturnTypeWillChange)$/;

/**
 * Who calls a function without naming it: a framework that it is registered with by a decorator, attribute or
 * annotation, or the language and base types by protocol.
 */
export function entryOf(
  tree: SyntaxTree,
  node: number,
  header: string,
  name: string,
): 'framework' | 'protocol' | null {
  if (/[@[]/.test(header) && isRegistered(header)) return 'framework';
  if (/@Override\b|\boverride\b/.test(header)) return 'protocol';
  if (/^(__\w+__|~\w+|operator\W.*)$/.test(name) || protocols.test(name)) return 'protocol';
  const holder = tree.parentOf(tree.parentOf(node));
  return holder >= 0 && tree.type(holder) === 'impl_item' && tree.field(holder, 'trait') >= 0
    ? 'protocol'
    : null;
}

function isRegistered(header: string): boolean {
  const marks = [...header.matchAll(/(?:^|\n)\s*(?:@|#\[|\[)\s*([A-Za-z_][\w.:]*)/g)];
  return marks.some(([, mark]) => !harmlessMarks.test(mark ?? ''));
}

/** Methods that languages and their libraries call by name. */
const protocols =
  /^(toString|equals|hashCode|compareTo|compare|clone|finalize|iterator|close|run|call|accept|apply|toJSON|valueOf|String|Error|GoString|Format|Len|Less|Swap|Push|Pop|Read|Write|Close|Seek|ServeHTTP|Marshal\w*|Unmarshal\w*|Scan|Value|Is|As|Unwrap|Type|Set|ToString|Equals|GetHashCode|Dispose|CompareTo|GetEnumerator|to_s|to_str|to_a|to_h|to_proc|inspect|each|hash|eql\?|respond_to_missing\?|method_missing|inherited|included|extended|coerce|jsonSerialize|offsetGet|offsetSet|offsetExists|offsetUnset|getIterator|count|current|key|next|rewind|valid|begin|end|size|render|ngOnInit|connectedCallback|componentDid\w+|setUp|tearDown|setup|teardown|main|Main|init|return|throw)$|^<=>|^==|^\[\]|^\[Symbol\./;
