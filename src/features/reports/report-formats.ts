import { csvType } from '../../http/routing/csv.ts';

interface ReportFormat {
  contentType: string;
  extension: string;
  /** Shown where it is opened, or saved. */
  disposition: 'inline' | 'attachment';
}

/** What each is served as; how it is written is in `render.ts`. */
export const reportFormats = {
  html: { contentType: 'text/html; charset=utf-8', extension: 'html', disposition: 'inline' },
  md: { contentType: 'text/markdown; charset=utf-8', extension: 'md', disposition: 'inline' },
  csv: { contentType: csvType, extension: 'csv', disposition: 'attachment' },
  sarif: { contentType: 'application/sarif+json', extension: 'sarif', disposition: 'attachment' },
  gradescope: {
    contentType: 'application/json; charset=utf-8',
    extension: 'json',
    disposition: 'attachment',
  },
} as const satisfies Record<string, ReportFormat>;

export type ReportFormatName = keyof typeof reportFormats;

export const reportFormatNames = Object.keys(reportFormats) as ReportFormatName[];
