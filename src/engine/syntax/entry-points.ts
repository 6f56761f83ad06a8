import { headerText } from './headers.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Unit } from './units.ts';

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
  if (isRegistered(header) || isMessageOfUnity(tree, node, name)) return 'framework';
  if (/@Override\b|\boverride\b/.test(header)) return 'protocol';
  if (/^(__\w+__|~\w+|operator\W.*)$/.test(name) || isCalledByLanguage(name)) return 'protocol';
  if (startUp.test(header) || isOfManager(tree, node, name)) return 'protocol';
  const holder = tree.parentOf(tree.parentOf(node));
  return holder >= 0 && tree.type(holder) === 'impl_item' && tree.field(holder, 'trait') >= 0
    ? 'protocol'
    : null;
}

/** Unity sends messages to what hangs on an object of a scene, by the name of a method, whoever may see it. */
function isMessageOfUnity(tree: SyntaxTree, node: number, name: string): boolean {
  if (tree.table.language !== 'csharp' || !unityMessages.test(name)) return false;
  const around = tree.above(node, 'class');
  return around >= 0 && unityBases.test(headerText(tree, around));
}

const unityMessages =
  /^(Awake|Start|(Fixed|Late)?Update|Reset|On(Enable|Disable|Destroy|Validate|GUI|Animator\w+|Application\w+|Became\w+|Collision\w+|Controller\w+|DrawGizmos\w*|Joint\w+|Mouse\w+|Parent\w+|Particle\w+|Post\w+|Pre\w+|Render\w+|Trigger\w+|Transform\w+|WillRender\w+))$/;
const unityBases = /:[^{]*\b(\w*Behaviou?r|ScriptableObject|Editor(Window)?)\b/;

/** Django makes users and asks for rows through the manager of a model. */
function isOfManager(tree: SyntaxTree, node: number, name: string): boolean {
  if (!/^(create_user|create_superuser|get_queryset|get_by_natural_key)$/.test(name)) return false;
  const around = tree.above(node, 'class');
  return around >= 0 && /\b\w*(Manager|QuerySet)\b[^(]*\)/.test(headerText(tree, around));
}

/** What ASP.NET calls of the class that it is started with, and of what stands in its chain. */
const startUp =
  /\bInvoke(Async)?\s*\(\s*HttpContext\b|\bConfigure(Services|Container)?\s*\([^)]*\b(IServiceCollection|ContainerBuilder|IApplicationBuilder)\b/;

/** Called by its framework when an object of its class is made, loaded or shown. */
export function isCalledWithOwner(tree: SyntaxTree, { node, name, owner }: Unit): boolean {
  if (owner === null) return false;
  if (hooks.test(name) || hookMarks.test(headerText(tree, node))) return true;
  // Angular calls from the template of a component.
  const around = tree.above(node, 'class');
  if (around < 0) return false;
  // Django and its REST framework call what checks and shows a value.
  if (tree.table.language === 'python')
    return (
      djangoHooks.test(name) && /(Serializer|Form|Field)\b[^(]*\)/.test(headerText(tree, around))
    );
  if (tree.table.language === 'php')
    return (
      name === '__invoke' ||
      (laravelHooks.test(name) && laravelBases.test(headerText(tree, around)))
    );
  return tree.table.closuresAreUnits && isOfComponent(name, headerText(tree, around));
}

/** What draws a class of React is called with it, and whatever the template of Angular's names. */
function isOfComponent(name: string, header: string): boolean {
  return name === 'render'
    ? /\bextends\s+(\w+\.)?(Pure)?Component\b/.test(header)
    : /^@Component\(/m.test(header);
}

const laravelHooks =
  /^(rules|authorize|messages|attributes|prepareForValidation|passedValidation|toArray|with|build|via|toMail)$/;
const laravelBases =
  /\bextends\s+\\?\w*(Request|Resource|ResourceCollection|Mailable|Notification)\b/;

const djangoHooks =
  /^(validate(_\w+)?|clean(_\w+)?|create|update|save|to_(representation|internal_value)|get_\w+)$/;

const hooks =
  /^(__post_init__|ng(On|After|Do)\w+|connectedCallback|componentDid\w+|componentWill\w+|getDerivedStateFromProps)$/;
const hookMarks =
  /@(pydantic\.)?(field_validator|model_validator|validator|root_validator|validates|computed_field|PostConstruct|PostLoad|PrePersist|PreUpdate)\b/;

function isCalledByLanguage(name: string): boolean {
  return fixed.test(name) || ownPromises.test(name);
}

function isRegistered(header: string): boolean {
  if (!/[@[]/.test(header)) return false;
  const marks = [...header.matchAll(/(?:^|\n)\s*(?:@|#\[|\[)\s*([A-Za-z_][\w.:]*)/g)];
  return marks.some(([, mark]) => !harmlessMarks.test(mark ?? ''));
}

/** Methods that languages and their libraries call by name, and whose promise they state. */
const fixed =
  /^(toString|equals|hashCode|compareTo|clone|finalize|toJSON|valueOf|String|Error|GoString|Len|Less|Swap|ServeHTTP|Marshal\w*|Unmarshal\w*|Is|As|Unwrap|ToString|Equals|GetHashCode|Dispose|CompareTo|GetEnumerator|to_s|to_str|to_a|to_h|to_proc|inspect|hash|eql\?|jsonSerialize|offsetGet|offsetSet|offsetExists|offsetUnset|getIterator|return|throw)$|^<=>|^==|^\[\]|^\[Symbol\./;

/** Names that they call as well, and that others give to what they made up themselves. */
export const ownPromises =
  /^(compare|iterator|close|run|call|accept|apply|Format|Push|Pop|Read|Write|Close|Seek|Scan|Value|Type|Set|each|respond_to_missing\?|method_missing|inherited|included|extended|coerce|count|current|key|next|rewind|valid|begin|end|size|render|ngOnInit|connectedCallback|componentDid\w+|setUp|setup|tearDown|teardown|main|Main|init)$/;
