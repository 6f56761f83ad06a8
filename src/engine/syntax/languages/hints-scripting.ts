import type { Hint } from './hint.ts';

/** Scripting languages that are not judged. */
export const scriptingHints: Readonly<Record<string, readonly Hint[]>> = {
  lua: [
    [/^\s*(?:local\s+)?function\s*[\w.:]*\s*\([^$]*\)\s*(?:--.*)?$/, 3],
    [/^\s*local\s+[\w, ]+(?:\s*=|\s*$)/, 3],
    [
      /^\s*(?:else)?if\s+[^;]*\bthen\s*(?:--.*)?$|\bfor\s+[\w, ]+\s*(?:=.*,.*|in\s+i?pairs\(.*\)|in\s.*)\s*do\s*$|~=|\brepeat\b\s*$/,
      2,
    ],
    [/^\s*end[,)]*\s*(?:--.*)?$/, 1],
    [/^\s*--(?:\[\[|\s|@)|\.\.\s*["'\w]|\bsetmetatable\(|\bself:\w+/, 1],
  ],
  r: [
    [/<-\s*function\s*\(/, 5],
    [/^\s*[\w.$[\]"', ]+<-\s*\S/, 3],
    [
      /\blibrary\(\w+\)|(?<![.\w])c\(|\bdata\.frame\(|%>%|%%|%\/%|%in%|(?<![.\w])cat\(|(?<![.\w])paste0?\(|\bis\.\w+\(|\bseq_(?:len|along)\(|\bTRUE\b|\bFALSE\b|\bnumeric\(|(?<![.\w])rep\(/,
      1.2,
    ],
    [/^#'\s/, 4],
  ],
  julia: [
    [/^\s*(?:using|export)\s+[A-Z]\w*(?:[:,].*)?\s*$/, 2],
    [/^\s*mutable struct\s+\w+|^\s*abstract type\b|^\s*struct\s+\w+(?:\{.*\})?\s*(?:<:.*)?$/, 2.5],
    [/^\s*function\s+[\w.!]+(?:\{.*\})?\([^$]*(?:\)(?:\s*(?:where|::).*)?)?\s*$/, 2],
    [
      /\w::(?:[A-Z]\w*|Val)(?:\{.*\})?\s*[,)=]|\)\s*where\s*\{|@(?:test|testset|assert|inbounds|show|time)\b/,
      2.5,
    ],
    [
      /\b(?:push|pop|append|sort|delete|insert|reverse)!\(|\b(?:eachindex|zeros|ones|isempty)\(|\.[*+\-/^=]=?\s|÷|∈|≤|≥|\bprintln\(/,
      1.2,
    ],
    [/^\s*for\s+\w+\s*(?:=|in|∈)\s*[^;{]*:[^;{]*$|^\s*elseif\s[^(;]*$|\bnothing\b/, 1.5],
    [/^\s*end\s*$/, 1],
  ],
  perl: [
    [/^\s*(?:my|our|local)\s+[($@%]/, 4],
    [/^\s*(?:use|no)\s+(?:strict|warnings|[A-Z]\w*(?:::\w+)*)\b.*;/, 2],
    [/^\s*(?:use|no)\s+(?:strict|warnings)\b|^\s*sub\s+\w+\s*(?:\(.*\)\s*)?\{/, 4],
    [
      /\bshift(?:->|;|\s*\|\|)|=~|\$_\b|@_\b|->\{|->\[|\bqw[(/<[]|\b\w+::\w+->|\b(?:is|ok|is_deeply|subtest)\s.*;$|\bpush @|\bforeach my\b|%\$\w|@\$\w|\bundef\b/,
      2.5,
    ],
    [/^=(?:head\d|over|item|cut|pod|back|encoding)\b/, 5],
    [/\b(?:and|or)\s+(?:die|return|warn)\b|\bdie\s|\}\s*elsif\b|\$\w+->\w+/, 1],
    [/^#!.*\bperl\b/, 10],
  ],
  bash: [
    [/^#!.*\b(?:ba|z|k|da)?sh\b/, 10],
    [
      /^\s*(?:if|elif|while|until)\s+(?:!\s*)?(?:\[\[?\s|\(\(\s|test\s|command\s|[\w-]+\s.*;\s*(?:then|do)\b)/,
      3,
    ],
    [
      /^\s*(?:then|fi|done|esac)\s*(?:[;#|<].*)?$|;\s*(?:then|do)\s*$|^\s*case\s.*\sin\s*$|;;\s*$/,
      2.5,
    ],
    [/^\s*(?:function\s+)?[\w:-]+\s*\(\)\s*\{\s*(?:#.*)?$|^\s*function\s+[\w:-]+\s*\{/, 1],
    [
      /\$\{\w+(?:[:#%/[^,@]|\}["\s])|\$\([\w<]|"\$[\w@#*?]|\$[1-9@#*?](?:"|\s|$)|\s2>&1|>\s*\/dev\/null/,
      2,
    ],
    [
      /^\s*(?:local|readonly|declare|typeset|alias|unset|source|autoload|zstyle|setopt|compdef)\s+[-\w]|^\s*export\s+[A-Z_]+(?:=|\s*$)/,
      2.5,
    ],
    [
      /^\s*(?:echo|printf|cd|mkdir|rm|cp|mv|grep|sed|awk|curl|git|sudo|apt-get|set -\w|shift)\s(?!\s*[=(])[^;]*$/,
      1.5,
    ],
    [/^\s*[A-Za-z_]\w*=(?:["'$`\w./-]|$)[^;{(]*$/, 1],
    [
      /\s(?:&&|\|\|)\s*(?:\\$|\{$|return\b|echo\b|exit\b)|\|\s*(?:grep|sed|awk|sort|head|tail|xargs|tr|cut|while)\b/,
      1.5,
    ],
  ],
  powershell: [
    [
      /^\s*(?:function\s+)?(?:Get|Set|New|Remove|Write|Import|Export|Invoke|Add|Test|Start|Stop|Select|Where|ForEach)-[A-Z]\w*/,
      4,
    ],
    [
      /^\s*param\s*\(\s*$|\[(?:string|int|switch|Parameter)\b.*\]\s*\$|\s-(?:eq|ne|gt|lt|like|match)\s|\$_\.\w|\|\s*(?:Where|ForEach|Select|Sort)-Object/,
      3,
    ],
    [/^\s*\$[\w:]+\s*=\s*[^;]*[^;,[({]\s*$/, 0.6],
  ],
  nim: [
    [
      /^\s*(?:proc|func|method|iterator|template|macro)\s+\w+\*?\s*(?:\[.*\])?\(.*\).*=\s*(?:#.*)?$/,
      5,
    ],
    [/^\s*(?:let|var|const|type)\s*$|\becho\s|^import std\/|\bdiscard\b|^\s*result\s*[.=]/, 1.5],
  ],
  matlab: [
    [/^\s*function\s+(?:\[?[\w, ]+\]?\s*=\s*)\w+\s*\(.*\)\s*;?\s*$/, 3],
    [
      /^\s*%%?\s\w|\.\.\.\s*$|\b(?:zeros|ones|disp|fprintf|numel|plot|size)\(.*\);?\s*$|\.\*|\.\/|\.\^/,
      1.2,
    ],
  ],
  vimscript: [
    [/^\s*(?:function!|endfunction|let [gsbl]:\w+|autocmd|nnoremap)\b/, 5],
    [/^\s*(?:set \w+|call \w+|endif|endfor)\b[^;]*$/, 1],
  ],
};
