import { shapeOfNodes } from '../shape-of-text.ts';
import type { FullLanguage } from '../../facts.ts';
import type { GuardFacts } from '../../pattern-facts.ts';
import { callAt } from '../calls.ts';
import { nodesWhere } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { sourceHolds, stringText, type Context } from './context.ts';
import { withoutTexts } from './guard-operands.ts';

type Kind = GuardFacts['kind'];

/** A value with the words of the rules that are declared for it. */
interface Declared {
  subject: string;
  rules: string;
  node: number;
}

/** The first that a rule of a value is among says what it is checked for. */
const words: [Kind, ReadonlySet<string>][] = (
  [
    [
      'bounds',
      'minvalue maxvalue min max range gt gte ge lt lte le between decimalmin decimalmax digits numericality inclusivebetween exclusivebetween greaterthan greaterthanorequalto lessthan lessthanorequalto multipleof numberrange past future pastorpresent futureorpresent after before gtefield ltefield',
    ],
    ['negative', 'positive positiveorzero nonnegative ispositive'],
    [
      'size',
      'size length minlength maxlength stringlength minimumlength maximumlength arrayminsize arraymaxsize len minitems maxitems arraynotempty',
    ],
    [
      'other',
      'emailfield urlfield slugfield uuidfield regexfield choicefield ipaddressfield email isemail emailaddress url isurl pattern matches regex regularexpression isuuid uuid isenum enum in isin exists oneof inclusion format confirmed isdatestring datetime islatlong isphonenumber',
    ],
    ['duplicate', 'unique uniqueness isunique'],
    ['empty', 'notempty notblank isnotempty nonempty filled'],
    ['null', 'required notnull isdefined presence datarequired inputrequired'],
    [
      'type',
      'isstring isint isnumber isboolean isarray isdate isobject string integer int numeric boolean array number date',
    ],
  ] as const
).map(([kind, list]) => [kind, new Set(list.split(' '))]);

/** That there is a value, and of which type, fits any of them. */
const usual = new Set<Kind>(['empty', 'null', 'type']);

const mayDeclare = nodesWhere(
  (kind, type) =>
    kind === 'decorator' ||
    kind === 'call' ||
    type === 'pair' ||
    type === 'field_declaration' ||
    type === 'array_element_initializer',
);

/**
 * Checks that are declared for a field or parameter and made by a library: `@Min(1) int page`,
 * `title: z.string().max(80)`, `'title' => 'required|max:80'`. Of several for one value the one that says most is told.
 */
export function declaredChecks({ tree }: Context): GuardFacts[] {
  const spelling = spellings[tree.table.language];
  if (spelling === undefined || !sourceHolds(tree, spelling.library)) return [];
  const found = new Map<string, { rank: number; guard: GuardFacts }>();
  for (const node of mayDeclare(tree))
    for (const declared of spelling.read(tree, node)) {
      const holder = holderOf(tree, node);
      const key = `${holder.node} ${declared.subject}`;
      const rank = rankOf(declared.rules);
      const kind = words[rank]?.[0];
      if (kind === undefined || (found.get(key)?.rank ?? Infinity) <= rank) continue;
      found.set(key, { rank, guard: guardOf(tree, declared, kind, holder.name) });
    }
  return [...found.values()].map(({ guard }) => guard);
}

function guardOf(
  tree: SyntaxTree,
  { subject, node }: Declared,
  kind: Kind,
  declaredIn: string,
): GuardFacts {
  return {
    kind,
    subject,
    ...(usual.has(kind) ? { usual: true } : {}),
    function: null,
    declaredIn,
    startLine: tree.startLine(node),
    endLine: tree.endLine(node),
    shape: shapeOfNodes(tree, node),
  };
}

function rankOf(rules: string): number {
  const told = new Set(
    (rules.match(/[A-Za-z_]+/g) ?? []).map((word) => word.replaceAll('_', '').toLowerCase()),
  );
  const rank = words.findIndex(([, list]) => [...told].some((word) => list.has(word)));
  return rank < 0 ? words.length : rank;
}

/** What the declaration stands in and is used by: a class, a function or a variable. */
function holderOf(tree: SyntaxTree, node: number): { node: number; name: string } {
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (
      kind !== 'class' &&
      kind !== 'function' &&
      kind !== 'declarator' &&
      tree.type(up) !== 'type_spec'
    )
      continue;
    const name = tree.field(up, 'name');
    if (name >= 0) return { node: up, name: tree.text(name) };
  }
  return { node: -1, name: '' };
}

type Reader = (tree: SyntaxTree, node: number) => Declared[];

/** `@Size(max = 80) String title`, `[Range(1, 9)] public int Pages`, `@MaxLength(80) title: string`. */
const marked: Reader = (tree, node) => {
  if (tree.kind(node) !== 'decorator') return [];
  const rules = /^[@[]?\s*([A-Za-z]\w*)/.exec(tree.excerpt(node, 60))?.[1] ?? '';
  const subject = markedName(tree, node);
  return subject === '' ? [] : [{ subject, rules, node }];
};

/** Nodes between an annotation and what it stands on. */
const aboveAtMost = 3;

function markedName(tree: SyntaxTree, node: number): string {
  let up = tree.parentOf(node);
  for (let steps = 0; up >= 0 && steps < aboveAtMost; steps += 1, up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'class' || kind === 'function') return '';
    const named = tree.field(up, 'name', 'declarator', 'pattern');
    if (named < 0) continue;
    const inner = tree.field(named, 'name');
    return /[A-Za-z_]\w*/.exec(tree.excerpt(inner < 0 ? named : inner, 60))?.[0] ?? '';
  }
  return '';
}

/** `pages: int = Field(gt=0)`, `q: Annotated[str, Query(min_length=3)]`, `title = StringField(validators=[Length(3)])`. */
const python: Reader = (tree, node) => {
  if (tree.kind(node) !== 'call') return [];
  const { name } = callAt(tree, node);
  const isField =
    /^(Field|Query|Path|Body|Form|Header|Cookie|StringConstraints|con(int|str|float|list|decimal)|\w+Field)$/;
  // What a model of Django says of a column is for the database.
  if (!isField.test(name) || tree.excerpt(node, 7) === 'models.') return [];
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'class' || kind === 'function') break;
    const target = tree.field(up, 'left', 'name');
    const first = target >= 0 ? target : /parameter/.test(tree.type(up)) ? up + 1 : -1;
    if (first < 0 || tree.kind(first) !== 'identifier') continue;
    const text = withoutTexts(tree.excerpt(node, 400));
    return [{ subject: tree.text(first), rules: namedIn(text), node }];
  }
  return [];
};

/** Names before `=` and of calls: neither the values nor the types are rules. */
function namedIn(text: string): string {
  return [...text.matchAll(/\b([A-Za-z_]\w*)\s*(?:=|\()/g)].map(([, name]) => name).join(' ');
}

/** `title: z.string().max(80)`, and `body('title').isLength({ max: 80 })`. */
const script: Reader = (tree, node) => {
  if (tree.kind(node) === 'decorator') return marked(tree, node);
  if (tree.type(node) === 'pair') {
    const value = tree.field(node, 'value');
    const text = value < 0 ? '' : tree.excerpt(value, 300);
    if (!/^(z|zod|Joi|joi|yup|Yup)\s*\./.test(text)) return [];
    return [
      { subject: bareKey(tree, tree.field(node, 'key')), rules: namedIn(withoutTexts(text)), node },
    ];
  }
  const subject = /^(?:body|check|param|query)\(\s*['"]([\w.]+)['"]/.exec(
    tree.excerpt(node, 80),
  )?.[1];
  if (subject === undefined || tree.kind(tree.parentOf(node)) === 'member') return [];
  return [
    {
      subject,
      rules: namedIn(withoutTexts(tree.excerpt(node, 300))).replaceAll(/\bis(?=[A-Z])/g, ''),
      node,
    },
  ];
};

function bareKey(tree: SyntaxTree, key: number): string {
  return key < 0 ? '' : tree.excerpt(key, 60).replaceAll(/^['"]|['"]$/g, '');
}

/** `Title string `binding:"required,max=80"``. */
const goTags: Reader = (tree, node) => {
  const tag = tree.type(node) === 'field_declaration' ? tree.field(node, 'tag') : -1;
  const rules =
    tag < 0 ? undefined : /\b(?:binding|validate):"([^"]*)"/.exec(tree.excerpt(tag, 300))?.[1];
  if (rules === undefined) return [];
  return [{ subject: tree.text(tree.field(node, 'name')), rules, node }];
};

/** `'title' => 'required|max:80'` and `'title' => ['required', 'max:80']` among the rules of a request. */
const php: Reader = (tree, node) => {
  if (tree.type(node) !== 'array_element_initializer' || !isOfRules(tree, node)) return [];
  const [key, value] = tree.namedChildren(node);
  if (key === undefined || value === undefined || tree.kind(key) !== 'string') return [];
  return [
    {
      subject: stringText(tree, key),
      rules: tree.excerpt(value, 200).replaceAll(/:[^|'"]*/g, ''),
      node,
    },
  ];
};

function isOfRules(tree: SyntaxTree, node: number): boolean {
  for (
    let up = tree.parentOf(node), steps = 0;
    up >= 0 && steps < 8;
    up = tree.parentOf(up), steps += 1
  ) {
    const kind = tree.kind(up);
    if (kind === 'call') return /^(validate|make|validateWithBag)$/.test(callAt(tree, up).name);
    if (kind === 'function') return tree.text(tree.field(up, 'name')) === 'rules';
  }
  return false;
}

/** `validates :title, :body, presence: true, length: { maximum: 80 }`. */
const ruby: Reader = (tree, node) => {
  if (tree.kind(node) !== 'call') return [];
  const text = tree.excerpt(node, 300);
  const [, of, list = '', options = ''] =
    /^validates(?:_(\w+?)_of)?\s*\(?\s*((?::\w+\s*,?\s*)+)([^]*)/.exec(text) ?? [];
  const rules = [of ?? '', ...(options.match(/\b[a-z_]+(?=:)/g) ?? [])].join(' ');
  return (list.match(/\w+/g) ?? []).map((subject) => ({ subject, rules, node }));
};

/** Attributes, and `RuleFor(x => x.Title).MaximumLength(80)`. */
const csharp: Reader = (tree, node) => {
  if (tree.kind(node) === 'decorator') return marked(tree, node);
  const text = tree.excerpt(node, 300);
  const subject = /^RuleFor\(\s*\w+\s*=>\s*\w+\.(\w+)\s*\)/.exec(text)?.[1];
  if (subject === undefined || tree.kind(tree.parentOf(node)) === 'member') return [];
  return [{ subject, rules: namedIn(withoutTexts(text)), node }];
};

/** By a word of its libraries, without which a word like `min` means nothing, and how they are written. */
interface Spelling {
  library: RegExp;
  read: Reader;
}

const scripts: Spelling = {
  library: /['"](?:class-validator|zod|joi|@hapi\/joi|yup|express-validator)['"]/,
  read: script,
};

const spellings: Partial<Record<FullLanguage, Spelling>> = {
  java: { library: /\b(?:javax|jakarta)\.validation\b/, read: marked },
  csharp: {
    library: /\bSystem\.ComponentModel\.DataAnnotations\b|\bFluentValidation\b/,
    read: csharp,
  },
  typescript: scripts,
  tsx: scripts,
  javascript: scripts,
  python: {
    library: /\b(?:pydantic|fastapi|wtforms|rest_framework|django\.forms|django import forms)\b/,
    read: python,
  },
  go: { library: /`[^`\n]*\b(?:binding|validate):"/, read: goTags },
  php: { library: /->validate\(|Validator::make\(|function rules\(/, read: php },
  ruby: { library: /^\s*validates(?:_\w+_of)?\b/m, read: ruby },
};
