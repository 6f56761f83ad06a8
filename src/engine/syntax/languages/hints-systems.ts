import type { Hint } from './hint.ts';

/** Compiled languages that are not judged. */
export const systemsHints: Readonly<Record<string, readonly Hint[]>> = {
  zig: [
    [
      /@import\("|\bpub fn \w+\(.*\).*\{|\bcomptime\b|\bconst \w+ = struct\s*\{|\berrdefer\b|\[_\]\w+|\[\]const u8|\bstd\.debug\./,
      4,
    ],
  ],
  pascal: [
    [/^\s*(?:program|unit|uses|procedure|function)\s+\w+[^{]*;\s*$/i, 3],
    [/^\s*(?:begin|end[;.]|implementation|interface|until .*;)\s*$/i, 2],
    [/\b(?:writeln|readln)\b|\bthen\s+begin\s*$|\bdo\s+begin\s*$|\w\s*:=.*;\s*$/i, 1.3],
  ],
  fortran: [
    [
      /^\s*(?:program\s+\w+|subroutine\s+\w+.*|end\s+(?:program|module|subroutine|function|do)\b.*|implicit\s+none|contains)\s*$/i,
      4,
    ],
    [
      /\bintent\((?:in|out|inout)\)|^\s*(?:integer|real|character|logical|type)\s*(?:\(.*\))?\s*(?:,.*)?::|\bwrite\s*\(\*|\bprint\s*\*|^\s*call\s+\w+\(|^\s*do\s+\w+\s*=/i,
      3,
    ],
  ],
  cobol: [
    [
      /\b(?:IDENTIFICATION|ENVIRONMENT|DATA|PROCEDURE)\s+DIVISION\b|\b(?:WORKING-STORAGE|FILE)\s+SECTION\b|\bPROGRAM-ID\b|\bPIC\s+[X9SA(]|\bEND-(?:IF|PERFORM|READ|EVALUATE)\b/i,
      6,
    ],
    [/^\s*(?:MOVE|PERFORM|DISPLAY|SUBTRACT|COMPUTE|ACCEPT|STOP RUN|EVALUATE)\s/i, 2],
  ],
  assembly: [
    [/^\s*(?:section\s+\.\w+|\.(?:text|data|globl|section|align|byte|word|long))\b/, 4],
    [
      /^\s+(?:mov[lqb]?|push|pop|jmp|j[nlg]?[ez]|add[lq]?|sub[lq]?|cmp[lq]?|lea[lq]?|xor|ldr|str)\s+[%$\w[][^;=(]*(?:,|$)/,
      3,
    ],
  ],
};
