/**
 * Texts that everybody hands in and nobody wrote: licences, codes of conduct, the READMEs that project
 * generators write. They are no prose of the candidate's, for better or worse.
 */

import { speaksToCandidate } from '../prose/task-text.ts';

/** Sentences that stand in the texts of licences, whatever the file is called. */
const licenceWords =
  /permission is hereby granted, free of charge|permission to use, copy, modify,? and\/or distribute|redistribution and use in source and binary forms|licensed under the apache license, version|apache license\s+version 2|gnu (?:lesser |affero |library )?general public license|mozilla public license|eclipse public license|boost software license|this is free and unencumbered software|(?:provided|licensed) "as is",? without warranty|do what the fuck you want|creative commons (?:attribution|corporation|legal code)|european union public licence|in no event shall the (?:authors?|copyright holders?)|the above copyright notice and this permission notice|unless you explicitly state otherwise, any contribution intentionally submitted/i;
const covenant = /contributor covenant|this code of conduct is adapted from/i;

/** Names under which a task is handed out. */
const taskNames =
  /^(?:the[-_ ]?)?(?:\w+[-_ ])?(?:assignment|task|instructions?|challenge|exercise|problem|brief|requirements)(?:[-_ ]\w+)?\.(?:md|markdown|txt|rst|adoc)$/i;

/** What a document is when it is a standard text as a whole, or null. */
export function standardDocument(path: string, text: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const head = plain(text.slice(0, 6_000));
  const named = /^(?:un)?licen[cs]e|^copying|^notice|licen[cs]es?\b|third[-_ ]?party/i.test(name);
  if (licenceWords.test(head) && (named || isMostlyLicence(text))) {
    return 'it is the text of a licence';
  }
  const isOfStorybook = /^configure\.mdx$/i.test(name) && text.includes('storybook.js.org');
  if (isOfStorybook || isScaffold(text)) return 'a project generator wrote it';
  if (taskNames.test(name) && speaksToCandidate(plain(text))) return 'it is the text of the task';
  return covenant.test(plain(text)) && /conduct/i.test(name)
    ? 'it is a standard code of conduct'
    : null;
}

function plain(text: string): string {
  return text.replaceAll(/[*_`>#]/g, '').replaceAll(/\s+/g, ' ');
}

/** A text whose paragraphs are those of a licence; a README with a short licence section is not. */
function isMostlyLicence(text: string): boolean {
  const paragraphs = text.split(/\n\s*\n/).filter((part) => part.trim() !== '');
  const licence = paragraphs.filter((part) => isStandardPassage(part)).join('');
  return licence.length * 2 > text.trim().length;
}

/** First words of what create-react-app, Vite, Angular, Nest, Next, Laravel and Spring write. */
const scaffoldWords =
  /this project was (?:bootstrapped|generated) (?:with|using|by) \[?(?:create react app|angular cli|`?create-next-app|vue cli|nx)|this template provides a minimal setup to get|in the project directory, you can run:|runs the app in the development mode|launches the test runner in the interactive watch mode|builds the app for production to the `?build|this is a one-way operation\. once you|you can learn more in the \[?create react app documentation|run `ng (?:serve|build|test|e2e|generate|help)|this is a \[next\.js\]|you can start editing the page by modifying|the easiest way to deploy your next\.js app|check out (?:our|the) \[?(?:next\.js deployment|create-vue)|laravel is a web application framework with expressive|for further reference, please consider the following sections|a progressive node\.js framework for building|everything you need to build a svelte project|once you(?:['’]ve| have) created a project and installed dependencies with|you can preview the production build with|to deploy your app, you may need to install an \[?adapter|cobra is a cli library for go that empowers/i;

/** Headings that project generators write. */
const scaffoldHeadings =
  /^#{1,6}\s*(?:getting started(?: with create react app)?|available scripts|`?(?:npm(?: run)?|yarn|pnpm|bun) (?:start|test|build|eject|dev|lint|run \w+)`?(?: fails to minify)?|learn more|code splitting|analyzing the bundle size|making a progressive web app|advanced configuration|deployment|deploy on vercel|create-svelte|creating a project|developing|building|development server|code scaffolding|running unit tests|running end-to-end tests|further help|additional resources|project setup|recommended ide setup|customize configuration|compiles and .*|lints and fixes files|type support for .*|installation|running the app|test|support|stay in touch|license|about laravel|learning laravel|laravel sponsors|premium partners|agentic development|contributing|code of conduct|security vulnerabilities|react \+ (?:typescript \+ )?vite|expanding the eslint configuration)\s*$/i;

/** A README that a generator wrote and nobody has added to. */
function isScaffold(text: string): boolean {
  // Comments of a shell look like headings.
  const lines = text.replaceAll(/^ {0,3}```[^]*?^ {0,3}```/gm, '').split('\n', 400);
  const headings = lines.filter((line) => /^#{1,6}\s/.test(line));
  const others = headings.filter((line) => !scaffoldHeadings.test(line.trim()));
  // The title may be the name of the project.
  return (
    headings.length > 1 &&
    others.length <= Number(others[0] === headings[0]) &&
    scaffoldWords.test(plain(text).replaceAll('`', ''))
  );
}

/** Whether a paragraph belongs to a standard text: it is neither read nor held against its sender. */
export function isStandardPassage(text: string): boolean {
  const words = plain(text);
  return licenceWords.test(words) || scaffoldWords.test(words.replaceAll('`', ''));
}
