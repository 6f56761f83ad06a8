export interface LineRange {
  startLine: number;
  endLine: number;
}
