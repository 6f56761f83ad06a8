import type { Hint } from './hint.ts';

/** Markup, data and configuration. */
export const dataHints: Readonly<Record<string, readonly Hint[]>> = {
  html: [
    [/^\s*<!DOCTYPE\b/i, 20],
    [
      /^\s*<\/?(?:html|head|body|title|meta|link|script|style|div|span|section|nav|header|footer|main|article|aside|form|input|button|label|select|option|table|thead|tbody|tr|td|th|ul|ol|li|p|a|img|h[1-6]|br|hr|i|b|strong|em|pre|code|canvas|svg|path|template|iframe|noscript|textarea|dl|dt|dd|blockquote|figure|video|source)\b[^>]*(?:>|$)/i,
      2,
    ],
    [
      /<\/(?:a|p|li|td|th|h[1-6]|div|span|button|label|option|title|script|code)>\s*$|^\s*[a-z:@-]+="[^"]*"\s*\/?>?$|<!--/i,
      1.5,
    ],
    [/^\s*<%|\{%.*%\}|\{\{.*\}\}|\bth:\w+=/, 1.5],
  ],
  css: [
    [
      /^\s*(?:[.#][a-zA-Z_][\w-]*|\*|::?[\w-]+|(?:html|body|a|p|ul|ol|li|h[1-6]|div|span|button|input|table|t[dhr]|img|nav|header|footer|main|section|svg|pre|code|label|form|select|textarea)\b)(?:[\s>+~,.:#[\]="*\w-]*)[{,]\s*$/,
      1.5,
    ],
    [
      /^\s*(?:-{1,2}[a-z][\w-]*|[a-z]+(?:-[a-z]+)+|color|background|margin|padding|display|width|height|font|border|position|top|left|right|bottom|float|clear|cursor|content|opacity|overflow|transition|transform|animation|flex|grid|gap|outline|fill|order)\s*:\s*[^;{}]*;\s*(?:\/\*.*)?$/,
      2.5,
    ],
    [/^\s*@(?:media|font-face|keyframes|charset|supports|include|mixin|apply|tailwind)\b/, 4],
    [/:\s*[\d.]+(?:px|em|rem|vh|vw)\b|#[0-9a-fA-F]{3,6};|^\s*\$[\w-]+:\s/, 1],
  ],
  sql: [
    [
      /^\s*(?:SELECT\s|INSERT\s+(?:IGNORE\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|INDEX|VIEW|DATABASE|UNIQUE|FUNCTION|TRIGGER|PROCEDURE)|ALTER\s+TABLE|DROP\s+(?:TABLE|INDEX|VIEW|DATABASE))\b/i,
      4,
    ],
    [
      /^\s*(?:FROM|WHERE|GROUP\s+BY|ORDER\s+BY|HAVING|(?:LEFT|RIGHT|INNER|OUTER|CROSS)?\s*JOIN|VALUES|UNION|LIMIT|AND|OR|ON|WITH\s+\w+\s+AS)\s/,
      2,
    ],
    [
      /^\s*(?:from|where|group by|order by|(?:left |inner )?join|values|and|limit)\s+[\w(]+[\w.]*/,
      1.2,
    ],
    [/\b(?:VARCHAR|PRIMARY\s+KEY|NOT\s+NULL|FOREIGN\s+KEY|SERIAL|TIMESTAMP)\b/i, 2],
    [/^--\s/, 0.6],
  ],
  yaml: [
    [/^---\s*$/, 2],
    [
      /^\s*(?:-\s+)?(?!(?:else|try|finally|default|except|public|private|protected|case)\b)[\w./"'@-]+:(?:\s+[^{;(]*[^{;(,]|\s*[|>]-?)?\s*$/,
      1.2,
    ],
    [/^\s*-\s+[\w"'./@$-][^{};]*$/, 0.8],
    [/\$\{\{.*\}\}/, 2],
  ],
  json: [
    [/^\s*"[^"]+"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[\d.eE+-]+|true|false|null|\[|\{|\[\]|\{\}),?\s*$/, 2],
  ],
  xml: [
    [/^\s*<\?xml\b/, 20],
    [/^\s*<\/?[\w.-]+:[\w.-]+[\s>]|xmlns(?::\w+)?=/, 3],
    [/^\s*<(?<tag>[A-Za-z][\w.-]*)[^<>]*>[^<>]*<\/\k<tag>>\s*$/, 1.5],
    [/^\s*<\/?[A-Za-z][\w.-]*(?:\s+[\w:.-]+="[^"]*")*\s*\/?>\s*$/, 1.2],
  ],
  ini: [
    [/^\[[\w .:"/-]+\]\s*$/, 1.5],
    [/^[\w.-]+\s*=\s*[^;{}()]*$/, 0.8],
    [
      /^<\/?(?:IfModule|VirtualHost|Directory|Files|Location)\b|^\s*(?:Rewrite(?:Engine|Rule|Cond|Base)|DirectoryIndex|ErrorDocument|AllowOverride|Require all|SetEnv|Header set)\b/,
      4,
    ],
    [
      /^\s*(?:server|location\s.*|upstream \w+|http|events)\s*\{\s*$|^\s*(?:listen|server_name|proxy_pass|root|try_files|proxy_set_header)\s.*;\s*$/,
      3,
    ],
  ],
  dockerfile: [
    [/^FROM\s+[\w./:@-]+(?:\s+AS\s+\w+)?\s*$/i, 3],
    [/^(?:RUN|CMD|COPY|ADD|WORKDIR|ENV|EXPOSE|ENTRYPOINT|ARG|LABEL|VOLUME|HEALTHCHECK)\s+\S/, 3],
  ],
  makefile: [
    [/^\.PHONY\s*:/, 5],
    [
      /^(?!(?:else|default|try|finally|public|private|protected)\b)[\w./%-]+\s*:(?!=)(?:\s+[\w./%$()-]+)*\s*$/,
      0.8,
    ],
    [/^\t@\S|\$\([A-Z_]+\)|^[A-Z_]+\s*[:?+]?=\s/, 1.5],
  ],
  terraform: [
    [/^\s*(?:resource|variable|module|provider|output|data)\s+(?:"[\w-]+"\s*){1,2}\{/, 5],
    [/^\s*(?:locals|terraform)\s*\{/, 3],
  ],
  protobuf: [
    [/^\s*(?:syntax\s*=\s*"proto[23]"|message\s+\w+\s*\{|service\s+\w+\s*\{|rpc\s+\w+\s*\()/, 6],
    [/^\s*(?:repeated |optional )?[\w.]+\s+\w+\s*=\s*\d+;/, 1],
  ],
  graphql: [
    [/:\s*\[?\w+!\]?!?\s*$|\)\s*:\s*\[?[A-Z]\w*!?\]?!?\s*$/, 2],
    [/^\s*(?:type|input|scalar|query|mutation|fragment|schema|extend type)\s+\w+[^=]*\{\s*$/, 1],
    [/^\s*\w+(?:\(.*\))?:\s*\[?(?:String|Int|ID|Boolean|Float)!?\]?!?\s*$/, 1.2],
  ],
};
