const kinds = [
  'what',
  'why',
  'works',
  'install',
  'run',
  'test',
  'configure',
  'layout',
  'status',
  'who',
  'references',
  'contribution',
] as const;
export type SectionKind = (typeof kinds)[number];

/** Words of headings by what a section is about; first match wins. */
const headingWords: readonly (readonly [SectionKind, RegExp])[] = [
  ['test', /\btest(?:s|ing)?\b|\bcoverage\b/i],
  [
    'install',
    /\binstall|\bset-?up\b|^\W*(?:system |software |runtime )?requirements?\W*$|\bprerequisit|\bdependenc|\bgetting started|\bbuild/i,
  ],
  ['configure', /\bconfig|\bsettings?\b|\boptions?\b|\benvironment|\bvariables?\b/i],
  [
    'run',
    /\busage\b|\brun(?:ning)?\b|\bquick ?start|\bexamples?\b|\bhow to\b|\buse\b|\bcommands?\b|\bapi\b|\bdeploy/i,
  ],
  [
    'layout',
    /\blayout\b|\bstructure\b|\barchitecture\b|\bdesign\b|\boverview of (?:the )?code|\bfiles\b|\bmodules?\b/i,
  ],
  ['works', /^how\b|\bhow (?:it|this) works\b/i],
  ['contribution', /\bcontribut|\bdevelop(?:ment|ing)\b|\bpull requests?/i],
  ['who', /\bauthors?\b|\blicen[cs]e|\bcontact|\bcredits?|\bteam\b|\backnowledg|\bsupport\b/i],
  [
    'status',
    /\bstatus\b|\bchange ?log|\brelease|\broadmap|^\W*to-?dos?\W*$|\bversion|\bhistory\b|\blimitations?|\bknown issues/i,
  ],
  ['references', /\bdocument|\breferences?\b|\blinks\b|\bfurther\b|\bsee also|\bresources\b/i],
  ['why', /\bwhy\b|\bmotivation|\brationale|\bbackground|\bdecisions?|\btrade-?offs?/i],
  [
    'what',
    /\babout\b|\bwhat\b|\bintro|\boverview\b|\bfeatures?\b|\bdescription|\bsummary|\bgoals?\b/i,
  ],
];

/** What a heading says that its section is about. */
export function kindInWords(heading: string): SectionKind | undefined {
  return headingWords.find(([, pattern]) => pattern.test(heading))?.[0];
}

/** The model is right about four sections of five: what one is about is said where its heading says so. */
export function about(kind: SectionKind, heading: string): string {
  // Decisions are no layout, whatever they are about, and requirements may be those of a task.
  const isSaid =
    kindInWords(heading) === kind && !/\bdecisions?\b|^\W*requirements?\W*$/i.test(heading);
  return isSaid && isTitle(heading) ? ` (${describe(kind)})` : '';
}

/** Long headings tell what the code does, such as "Lints and fixes files", unless they begin with what they are about. */
function isTitle(heading: string): boolean {
  const [first = '', ...more] = heading.match(/[\w'-]+/g) ?? [];
  return more.length < 3 || (kindInWords(first) !== undefined && !/s$/i.test(first));
}

function describe(kind: SectionKind): string {
  const said: Record<SectionKind, string> = {
    what: 'what this is',
    why: 'why it is so',
    works: 'how it works or is used',
    install: 'how to install it',
    run: 'how to use it',
    test: 'how to test it',
    configure: 'how to configure it',
    layout: 'how it is laid out',
    status: 'how far it has come',
    who: 'who is behind it',
    references: 'where to read on',
    contribution: 'how to contribute',
  };
  return said[kind];
}
